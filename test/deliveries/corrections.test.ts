/** Corrections and operators against the pump and against each other: one wins, the others are told, and the log tells only what happened. */

import t from 'tap';
import { createPushPlace, until } from '../support/push-place.ts';
import { runSql } from '../support/state-fixture.ts';

t.setTimeout(120_000);

const place = await createPushPlace(t);
const gateway = await place.gateway();
await gateway.start();
const pin = '099190000001';
const other = '099088000002';
const operator = { role: 'operator' as const, id: 'operator-1' };

/** As senders do: 503 is no answer. */
const ask = (line: string, headers: Record<string, string>, who = pin) =>
  until(
    () => gateway.push(who, line, headers),
    ({ status }) => status !== 503,
  );
const push = async (line: string, headers: Record<string, string> = {}) => {
  const { status, body } = await ask(line, headers);
  t.equal(status, 202);
  return body.exchangeId as string;
};
const show = async (id: string) => (await gateway.ask(`/v1/exchanges/${id}`)).body;
const inState = (id: string, wanted: string) =>
  until(
    () => show(id),
    ({ state }) => state === wanted,
  );
const entriesOf = async (id: string) => (await gateway.entries()).filter(({ exchange }) => exchange === id);

t.test('of corrections of one push at once one is taken, and it alone is delivered', async (t) => {
  await place.registry.down();
  const id = await push('một');
  const next = await push('sai hẳn');
  const lines = ['hai', 'ba', 'bốn', 'năm'];
  const replies = await Promise.all(lines.map((line) => ask(line, { 'exchange-corrects': next })));
  t.same(replies.map(({ status }) => status).sort(), [202, 409, 409, 409]);
  const at = replies.findIndex(({ status }) => status === 202);
  await place.registry.up();
  const correctedBy = String(replies[at]?.body.exchangeId);
  await inState(correctedBy, 'delivered');
  t.match(await show(next), { state: 'discarded', correctedBy });
  await inState(id, 'delivered');
  t.same((await place.effects(pin)).slice(-2), ['một', lines[at]]);
});

t.test('sent again under its name, a correction gets its first reply', async (t) => {
  await place.registry.down();
  await push('trước');
  const id = await push('sai tên');
  const headers = { 'exchange-corrects': id, 'x-road-id': 'correction-1' };
  const first = await push('đúng tên', headers);
  t.equal(await push('đúng tên', headers), first);
  await place.registry.up();
  await inState(first, 'delivered');
  t.equal(await push('đúng tên', headers), first);
});

t.test('under its name, a message that is to correct something else is another one', async (t) => {
  await place.registry.down();
  await push('dẫn đầu');
  const [one, two] = [await push('sai một'), await push('sai hai')];
  const named = (corrects: object) => ask('sửa', { 'x-road-id': 'correction-2', ...corrects });
  t.equal((await named({ 'exchange-corrects': one })).status, 202);
  for (const corrects of [{ 'exchange-corrects': two }, {}]) {
    t.match(await named(corrects), { status: 409, body: { code: 'message-id-reused' } });
  }
  await place.registry.up();
  await inState(two, 'delivered');
});

t.test('a correction takes the place of what it stands in for, before what was held behind that', async (t) => {
  await place.registry.down();
  const first = await push('thứ nhất');
  const wrong = await push('thứ hai, sai');
  const behind = await push('thứ ba');
  const right = await push('thứ hai', { 'exchange-corrects': wrong });
  t.match(await show(behind), { heldBehind: first });
  const again = await push('thứ hai, đúng hẳn', { 'exchange-corrects': right });
  await place.registry.up();
  t.match(await inState(behind, 'delivered'), { state: 'delivered' });
  t.match(await show(again), { state: 'delivered' });
  t.same((await place.effects(pin)).slice(-3), ['thứ nhất', 'thứ hai, đúng hẳn', 'thứ ba']);
});

t.test('what is in hand is not corrected, and is delivered', async (t) => {
  await inState(await push('yên'), 'delivered');
  const held = place.registry.keepAnswerTo('COMMIT');
  const id = await push('đang cầm');
  await held;
  t.match(await gateway.push(pin, 'muộn', { 'exchange-corrects': id }), {
    status: 409,
    body: { code: 'state-conflict' },
  });
  place.registry.cut();
  await inState(id, 'delivered');
  t.notOk((await place.effects(pin)).includes('muộn'));
});

t.test('a push about another person is not corrected', async (t) => {
  await place.registry.down();
  await push('đầu');
  const id = await push('của người khác');
  const refused = await ask('nhầm người', { 'exchange-corrects': id }, other);
  t.match(refused, { status: 409, body: { code: 'state-conflict', detail: /another person/ } });
  await place.registry.up();
  await inState(id, 'delivered');
});

t.test('of discards at once one takes place, and the others are recorded as refused', async (t) => {
  await place.registry.down();
  await push('giữ lại');
  const id = await push('bỏ cùng lúc');
  const body = { reason: 'sent-in-error' };
  await show(id);
  const discards = [1, 2, 3, 4].map(() => gateway.ask(`/v1/admin/dead-letters/${id}/discard`, { ...operator, body }));
  const statuses = (await Promise.all(discards)).map(({ status }) => status);
  t.same(statuses.sort(), [204, 409, 409, 409]);
  const entries = await entriesOf(id);
  const actions = entries.filter(({ action }) => action === 'discard');
  t.same(actions.map(({ status }) => status).sort(), [200, 409, 409, 409]);
  t.ok(actions.every(({ status, problem }) => (status === 409) === (problem === 'state-conflict')));
  t.equal(entries.filter(({ state }) => state === 'discarded').length, 1);
  await place.registry.up();
  await inState(await push('lại yên'), 'delivered');
});

t.test('discards race the pump: what the log says is discarded has no effect', async (t) => {
  const body = { reason: 'sent-in-error' };
  for (let n = 0; n < 6; n += 1) {
    const line = `đua ${n}`;
    const id = await push(line);
    await show(id);
    const { status } = await gateway.ask(`/v1/admin/dead-letters/${id}/discard`, { ...operator, body });
    const wanted = status === 204 ? 'discarded' : 'delivered';
    t.equal((await inState(id, wanted)).state, wanted);
    const states = (await entriesOf(id)).map(({ state }) => state);
    t.equal(states.includes('discarded'), status === 204);
    t.equal((await place.effects(pin)).includes(line), status !== 204);
  }
});

t.test('a push whose acceptance is not noted yet is not unknown', async (t) => {
  const moment = place.stateProxy.holdBack('lienthong mark-recorded');
  const id = await push('chưa ghi');
  await moment;
  const reply = await gateway.ask(`/v1/exchanges/${id}`);
  t.match(reply, { status: 503, body: { code: 'delivery-unavailable' } });
  place.stateProxy.cut();
  await inState(id, 'delivered');
});

t.test('what was left unrecorded by a clock that was ahead is settled all the same', async (t) => {
  const moment = place.stateProxy.holdBack('lienthong mark-recorded');
  const id = await push('đồng hồ', { 'x-road-id': 'clock' });
  await moment;
  await runSql(place.stateUrl, `UPDATE deliveries SET accepted_ms = accepted_ms + 3600000 WHERE id = '${id}'`);
  await gateway.kill();
  place.stateProxy.cut();
  await gateway.start();
  t.equal((await inState(id, 'delivered')).state, 'delivered');
  t.equal(await push('đồng hồ', { 'x-road-id': 'clock' }), id);
});
