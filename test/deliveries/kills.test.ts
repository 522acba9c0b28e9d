/** A gateway, a state database and a registry that are killed at the worst moments: nothing accepted is lost, nothing takes effect twice. */

import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { eventually } from '../support/eventually.ts';
import { createPushPlace, type PushGateway, until } from '../support/push-place.ts';
import { runSql } from '../support/state-fixture.ts';

t.setTimeout(240_000);

const place = await createPushPlace(t);
const gateway = await place.gateway();
await gateway.start();
const pin = '099190000001';
const other = '099088000002';
interface Ready {
  readonly status: string;
  readonly dependencies: readonly { readonly name: string; readonly reason?: string }[];
}

/** Several looks of a pump at its queue. */
const unrecordedMs = 500;

const settled = (one: PushGateway, id: string) =>
  until(
    async () => (await one.ask(`/v1/exchanges/${id}`)).body,
    ({ final }) => final === true,
  );

/** Waits for the moment, kills the gateway there, starts it again, and looks at what became of the push. */
async function killAt(t: Test, name: string, reached: () => Promise<unknown>, isAcknowledged: boolean) {
  const moment = reached();
  const id = { 'x-road-id': encodeURIComponent(name) };
  const pushing = gateway.push(pin, name, id).catch(() => undefined);
  await moment;
  const reply = isAcknowledged ? await pushing : undefined;
  await gateway.kill();
  await pushing;
  place.stateProxy.cut();
  place.registry.cut();
  if (isAcknowledged) t.equal(reply?.status, 202);
  await gateway.start();
  // Whoever had no answer sends it again, and so may who had one.
  const again = await gateway.push(pin, name, id);
  t.equal(again.status, 202);
  const { exchangeId } = again.body;
  if (reply !== undefined) t.equal(exchangeId, reply.body.exchangeId);
  const push = await settled(gateway, exchangeId);
  t.match(push, { state: 'delivered' });
  t.equal((await place.effects(pin)).filter((line) => line === name).length, 1, 'one effect');
  const entries = await gateway.entries();
  for (const { id: entryId, index, state } of push.transitions) {
    t.match(
      entries[index],
      state === 'accepted' ? { id: exchangeId, kind: 'push' } : { id: entryId, exchange: exchangeId, state },
    );
  }
  const first = entries.findIndex((entry) => entry.id === exchangeId && entry.status === 202);
  const begun = entries.findIndex((entry) => entry.exchange === exchangeId);
  t.ok(first !== -1 && first < begun, 'nothing was delivered before its acceptance was in the log');
}

/** The row is durable and the gateway does not know it; for longer than a job takes from its queue to the register, nothing happens. */
async function keptUnrecorded(t: Test) {
  const kept = place.stateProxy.keepCommitAfter('lienthong insert');
  const before = await place.effects();
  await kept;
  t.match(await runSql(place.stateUrl, 'SELECT count(*)::int AS kept FROM delivery_unrecorded'), [{ kept: 1 }]);
  await sleep(unrecordedMs);
  t.same(await place.effects(), before, 'nothing is delivered that is not recorded');
}

t.test('killed before the row is kept', (t) =>
  killAt(t, 'trước khi ghi', () => place.stateProxy.keepAnswerTo('lienthong insert'), false),
);

t.test('killed after the row is kept and before it is recorded', (t) =>
  killAt(t, 'sau khi ghi', () => keptUnrecorded(t), false),
);

t.test('killed after the record and before the queue has it', (t) =>
  killAt(t, 'sau nhật ký', () => place.stateProxy.holdBack('lienthong mark-recorded'), true),
);

t.test('killed while the queue is being filled', (t) =>
  killAt(t, 'hàng đợi', () => place.stateProxy.holdBack('INSERT INTO lienthong_jobs'), true),
);

t.test('killed before the registry gets the change', (t) =>
  killAt(t, 'trước khi giao', () => place.registry.holdBack('trước khi giao'), true),
);

t.test('killed while the change is not committed', (t) =>
  killAt(t, 'đang giao', () => place.registry.keepAnswerTo('đang giao'), true),
);

t.test('killed between effect and acknowledgement', (t) =>
  killAt(t, 'trước khi nhận', () => place.registry.keepAnswerTo('COMMIT'), true),
);

t.test('killed before the state database knows that it is delivered', (t) =>
  killAt(t, 'trước khi xong', () => place.stateProxy.holdBack('"delivered"'), true),
);

t.test(
  'the state database is killed under load: whatever was acknowledged arrives once, in order for each person',
  async (t) => {
    const sent: Record<string, string[]> = { [pin]: [], [other]: [] };
    const ids: string[] = [];
    let isOver = false;
    const pushing = [pin, other].map(async (who) => {
      for (let n = 0; !isOver; n += 1) {
        const line = `dưới tải ${n}`;
        for (;;) {
          const reply = await gateway.push(who, line, { 'x-road-id': `load-${n}-${who}` });
          if (reply.status === 202) {
            ids.push(reply.body.exchangeId);
            sent[who]?.push(line);
            break;
          }
          t.match(reply, { status: 503, body: { code: 'delivery-unavailable' } });
          await sleep(20);
        }
      }
    });
    for (let round = 0; round < 3; round += 1) {
      await sleep(700);
      await place.state.kill();
      await sleep(300);
      await place.state.start();
    }
    await sleep(1500);
    isOver = true;
    await Promise.all(pushing);
    for (const id of ids) t.equal((await settled(gateway, id)).state, 'delivered');
    for (const who of [pin, other]) {
      const there = (await place.effects(who)).filter((line) => line.startsWith('dưới tải'));
      t.same(there, sent[who]);
    }
    t.ok(ids.length > 20, `${ids.length} pushes`);
  },
);

t.test('what another gateway had in hand when it was killed goes on at this one, still once', async (t) => {
  const origin = 'test.example/second';
  const deliveries = { keyFile: `${gateway.data}/keys/delivery.key` };
  const second = await place.gateway({ origin, deliveries });
  await second.start();
  await gateway.terminate();
  const held = place.registry.keepAnswerTo('COMMIT');
  const { body } = await second.push(other, 'cổng thứ hai');
  await held;
  await second.kill();
  place.registry.cut();
  await gateway.start();
  const push = await settled(gateway, body.exchangeId);
  t.match(push, { state: 'delivered' });
  t.equal((await place.effects(other)).filter((line) => line === 'cổng thứ hai').length, 1);
  const logs = push.transitions.map(({ log }: { log: string }) => log);
  t.same([...new Set(logs)].sort(), ['test.example/pushes', origin]);
});

t.test('a gateway whose key file holds another delivery key does not start, and says what to do', async (t) => {
  const folder = t.testdir({});
  const keyFile = path.join(folder, 'delivery.key');
  await writeFile(keyFile, randomBytes(32).toString('base64url'), { mode: 0o600 });
  const stranger = await place.gateway({ origin: 'test.example/stranger', deliveries: { keyFile } });
  const logFile = path.join(folder, 'log');
  const starting = stranger.start({}, (rest) => [
    'sh',
    '-c',
    'exec "$@" >"$0" 2>&1',
    logFile,
    process.execPath,
    ...rest,
  ]);
  await t.rejects(starting, /the gateway ended \(1\)/);
  const said = await readFile(logFile, 'utf8');
  t.match(said, /under another delivery key: give all its gateways the same deliveries\.keyFile/);
  const [keys] = await runSql(place.stateUrl, 'SELECT count(*)::int AS keys FROM delivery_key');
  t.same(keys, { keys: 1 });
});

t.test('where only the state database that was away shows it, health says that no pushes are taken', async (t) => {
  const stranger = await place.gateway({ origin: 'test.example/late-stranger' });
  await place.stateProxy.down();
  const logFile = path.join(t.testdir({}), 'log');
  // It serves, but is never ready for pushes.
  void stranger
    .start({}, (rest) => ['sh', '-c', 'exec "$@" >"$0"', logFile, process.execPath, ...rest])
    .catch(() => '');
  const url = await eventually(
    async () => /"url":"([^"]+)"/.exec(await readFile(logFile, 'utf8').catch(() => ''))?.[1],
  );
  await place.stateProxy.up();
  const told = await eventually(async () => {
    const { status, dependencies } = (await (await fetch(`${url}/health/ready`)).json()) as Ready;
    const found = dependencies.find(({ name }) => name === 'deliveries');
    return found?.reason === 'delivery-key' && { status, found };
  });
  t.match(told, { status: 'degraded', found: { ok: false, vital: false } });
  t.match(await readFile(logFile, 'utf8'), /under another delivery key/);
  await stranger.kill();
});
