/** A gateway that is killed while an operator's action is on its way: the log tells of nothing that does not happen, and of nothing twice. */

import path from 'node:path';
import t, { type Test } from 'tap';
import { makeDeadLetter } from '../support/dead-letter.ts';
import { createPushPlace, until } from '../support/push-place.ts';
import { straceCommand, straceEnvironment } from '../support/strace.ts';

t.setTimeout(180_000);

const place = await createPushPlace(t);
const gateway = await place.gateway();
await gateway.start();
const pin = '099190000001';
const operator = { role: 'operator' as const, id: 'operator-1' };

type Action = 'discard' | 'redeliver';

const bodies: Readonly<Record<Action, object>> = { discard: { reason: 'sent-in-error' }, redeliver: {} };
const ends: Readonly<Record<Action, string>> = { discard: 'discarded', redeliver: 'delivered' };
/** Entries of an action: that it was asked for, and what the push is after it. */
const toldBy: Readonly<Record<Action, string>> = { discard: 'discarded', redeliver: 'retrying' };

const act = (id: string, action: Action) =>
  gateway.ask(`/v1/admin/dead-letters/${id}/${action}`, { ...operator, body: bodies[action] }).catch(() => undefined);

/** What the log tells of the action: nothing, the operator's entry alone, or both. */
async function told(id: string, action: Action, since: number) {
  const entries = (await gateway.entries()).slice(since).filter(({ exchange }) => exchange === id);
  return entries.flatMap((one) =>
    one.action === action || one.state === toldBy[action] ? [one.action ?? one.state] : [],
  );
}

/** After a start: either nothing was kept, or it is done as if nobody had been killed. */
async function demandWhole(t: Test, id: string, action: Action, line: string, since: number): Promise<boolean> {
  const shown = await until(
    async () => (await gateway.ask(`/v1/exchanges/${id}`)).body,
    ({ state }) => state === 'dead' || state === ends[action],
  );
  const isDone = shown.state === ends[action];
  t.match(shown, { state: isDone ? ends[action] : 'dead' });
  t.same(await told(id, action, since), isDone ? [action, toldBy[action]] : [], 'each entry once, or none');
  const effects = (await place.effects(pin)).filter((one) => one === line).length;
  t.equal(effects, isDone && action === 'redeliver' ? 1 : 0);
  if (!isDone) t.equal((await act(id, 'discard'))?.status, 204, 'nothing is in the way of another action');
  return isDone;
}

/** Kills the gateway there, starts it again, and says whether the action was carried out. */
async function killAt(t: Test, action: Action, line: string, moment: () => Promise<void>): Promise<boolean> {
  const id = await makeDeadLetter(place, gateway, pin, line);
  const since = (await gateway.entries()).length;
  const reached = moment();
  const acting = act(id, action);
  await reached;
  await gateway.kill();
  await acting;
  place.stateProxy.cut();
  await gateway.start();
  return demandWhole(t, id, action, line, since);
}

const keeping = 'SET intention = $';
const doing = 'intention = NULL';

t.test('killed before a discard is kept, nothing happens', async (t) => {
  t.notOk(await killAt(t, 'discard', 'chưa giữ', () => place.stateProxy.keepAnswerTo(keeping)));
});

for (const action of ['discard', 'redeliver'] as const) {
  t.test(`killed after a ${action} is kept and before it is recorded, it happens`, async (t) => {
    t.ok(await killAt(t, action, `${action} đã giữ`, () => place.stateProxy.keepCommitAfter(keeping)));
  });
}

t.test('killed after a redelivery is recorded and before it is done, it happens', async (t) => {
  t.ok(await killAt(t, 'redeliver', 'đã ghi', () => place.stateProxy.holdBack(doing)));
});

t.test('an action that is kept and not done yet is seen in details and lists', async (t) => {
  const id = await makeDeadLetter(place, gateway, pin, 'thấy được');
  const kept = place.stateProxy.holdBack(doing);
  const acting = act(id, 'discard');
  await kept;
  const details = () => gateway.ask(`/v1/admin/deliveries/${id}`, operator);
  t.match((await details()).body, { state: 'dead', intended: 'discarded' });
  const list = await gateway.ask('/v1/admin/dead-letters', operator);
  t.match(list.body, { exchanges: [{ exchangeId: id, intended: 'discarded' }] });
  place.stateProxy.cut();
  await acting;
  const done = await until(details, ({ body }) => body.state === 'discarded');
  t.equal(done.body.state, 'discarded');
  t.notOk('intended' in done.body);
});

t.test('killed after a discard is done, it happens once', async (t) => {
  t.ok(await killAt(t, 'discard', 'đã làm', () => place.stateProxy.keepCommitAfter(doing)));
});

t.test('killed before any write of its log, a discard happens as a whole or not at all', async (t) => {
  const segments = path.join(gateway.data, 'exchange-log/segments');
  const left: number[] = [];
  for (let when = 1; left.at(-1) !== 2; when += 1) {
    const line = `bỏ ở lần ghi ${when}`;
    const id = await makeDeadLetter(place, gateway, pin, line);
    await gateway.terminate();
    const since = (await gateway.entries()).length;
    // Named for its first entry, and made anew by each start.
    const file = path.join(segments, `${String(since).padStart(16, '0')}.seg`);
    const injection = { calls: 'pwrite64', fault: 'signal=KILL', when: String(when), file };
    await gateway.start(straceEnvironment, (rest) => straceCommand(injection, rest));
    await act(id, 'discard');
    left.push((await told(id, 'discard', since)).length);
    await gateway.kill();
    await gateway.start();
    t.equal(await demandWhole(t, id, 'discard', line, since), true, 'it was kept before anything was written');
  }
  t.same(left, [0, 1, 2], 'before the first entry, between both, and after them');
});
