/** Pushes as their senders see them: taken once, delivered in order, each state in the log, whatever the registry is like. */

import t from 'tap';
import { createPushPlace, type PushGateway, until } from '../support/push-place.ts';
import { sender } from '../support/residence-change.ts';
import { runSql } from '../support/state-fixture.ts';

t.setTimeout(180_000);

const place = await createPushPlace(t);
const gateway = await place.gateway({ deliveries: { perSecondMax: 2000 } });
await gateway.start();

/** Living people of the sample, one for each test. */
const pins = ['099190000001', '099088000002', '099075000007'];
const stateOf = async (one: PushGateway, id: string) => (await one.ask(`/v1/exchanges/${id}`)).body;
const settled = (one: PushGateway, id: string) =>
  until(
    () => stateOf(one, id),
    ({ final }) => final === true,
  );

t.test('a push is accepted, delivered, and every state that is shown is an entry', async (t) => {
  const pin = pins[0] as string;
  const reply = await gateway.push(pin, 'nhà số 1', { 'x-road-id': 'first', 'x-road-issue': 'H26.101-240315-0007' });
  t.equal(reply.status, 202);
  const id = reply.headers.get('exchange-id') as string;
  t.same(reply.body, {
    exchangeId: id,
    state: 'accepted',
    status: `/v1/exchanges/${id}`,
    receipt: `/v1/exchanges/${id}/receipt`,
  });
  t.equal(reply.headers.get('location'), `/v1/exchanges/${id}`);
  const push = await settled(gateway, id);
  t.match(push, {
    exchangeId: id,
    state: 'delivered',
    tries: 0,
    sender,
    legs: [{ state: 'done', registry: 'population' }],
  });
  const entries = await gateway.entries();
  const [acceptance, , delivered] = push.transitions;
  t.same(
    push.transitions.map(({ state }) => state),
    ['accepted', 'delivering', 'delivered'],
  );
  for (const { id: entryId, index, state } of push.transitions) {
    const entry = entries[index];
    t.match(entry, state === 'accepted' ? { id, kind: 'push', status: 202 } : { id: entryId, kind: 'delivery', state });
    if (state !== 'accepted') t.match(entry, { exchange: id, subject: entries[acceptance?.index ?? -1]?.subject });
  }
  t.same(await place.effects(pin), ['nhà số 1']);
  t.equal((await gateway.ask(`/v1/exchanges/${delivered?.id}/receipt`)).status, 200);
});

t.test('the same message fifty times at once is one push, and another one under its id is refused', async (t) => {
  const pin = pins[1] as string;
  const replies = await Promise.all(
    Array.from({ length: 50 }, () => gateway.push(pin, 'một lần', { 'x-road-id': 'again' })),
  );
  const [{ body, headers }] = replies as [(typeof replies)[number]];
  for (const reply of replies) {
    t.equal(reply.status, 202);
    t.same(reply.body, body);
    t.equal(reply.headers.get('exchange-id'), body.exchangeId);
    for (const name of ['exchange-log-index', 'exchange-log'])
      t.equal(reply.headers.get(name), headers.get(name), name);
  }
  t.match(await gateway.push(pin, 'hai lần', { 'x-road-id': 'again' }), {
    status: 409,
    body: { code: 'message-id-reused', detail: new RegExp(body.exchangeId) },
  });
  await settled(gateway, body.exchangeId);
  t.same(await place.effects(pin), ['một lần']);
  const acceptances = (await gateway.entries()).filter(
    ({ kind, subject, status }) => kind === 'push' && status === 202 && subject,
  );
  t.equal(acceptances.filter(({ repeats }) => repeats === body.exchangeId).length, 49);
});

t.test('Idempotency-Key names a message whose X-Road-Id changes; without either nothing is a repetition', async (t) => {
  const pin = pins[2] as string;
  const key = { 'idempotency-key': 'key-1' };
  const first = await gateway.push(pin, 'khóa', { ...key, 'x-road-id': 'a' });
  const second = await gateway.push(pin, 'khóa', { ...key, 'x-road-id': 'b' });
  t.equal(second.body.exchangeId, first.body.exchangeId);
  const third = await gateway.push(pin, 'khóa');
  t.not(third.body.exchangeId, first.body.exchangeId);
  await settled(gateway, third.body.exchangeId);
  t.same(await place.effects(pin), ['khóa', 'khóa']);
});

t.test(
  'while the registry is down pushes are taken; afterwards each is there once, in order for each person',
  async (t) => {
    const before = (await place.effects()).length;
    await place.registry.down();
    const sent: Record<string, string[]> = {};
    const ids: string[] = [];
    for (let round = 0; round < 8; round += 1) {
      for (const pin of pins) {
        const line = `lần ${round}`;
        const reply = await gateway.push(pin, line);
        t.equal(reply.status, 202);
        ids.push(reply.body.exchangeId);
        sent[pin] = [...(sent[pin] ?? []), line];
      }
    }
    const retrying = await until(
      () => stateOf(gateway, ids[0] as string),
      ({ state }) => state === 'retrying',
    );
    t.match(retrying, { state: 'retrying', problem: /registry-|circuit-/, nextTry: String });
    t.match(await stateOf(gateway, ids.at(-1) as string), { state: 'accepted', heldBehind: String });
    await place.registry.up();
    for (const id of ids) t.match(await settled(gateway, id), { state: 'delivered' });
    for (const pin of pins) t.same((await place.effects(pin)).slice(-8), sent[pin]);
    t.equal((await place.effects()).length, before + 24);
  },
);

t.test("a sender lists its own pushes by state, issue and time; nobody sees another one's", async (t) => {
  const { body } = await gateway.ask('/v1/exchanges?issue=H26.101-240315-0007&state=delivered');
  t.equal(body.exchanges.length, 1);
  const page = (await gateway.ask('/v1/exchanges?limit=2')).body;
  t.equal(page.exchanges.length, 2);
  const next = (await gateway.ask(`/v1/exchanges?limit=2&after=${page.next}`)).body;
  t.ok(next.exchanges.length > 0);
  t.not(next.exchanges[0]?.exchangeId, page.exchanges[1]?.exchangeId);
  const former = { client: sender.replace('/H26/', '/000.00.00.H26/') };
  t.same((await gateway.ask('/v1/exchanges?limit=2', former)).body, page, 'also by the code that it had before');
  const other = { id: 'VN/GOV/H41/one-stop' };
  t.same((await gateway.ask('/v1/exchanges', other)).body.exchanges, []);
  t.equal((await gateway.ask(`/v1/exchanges/${page.exchanges[0]?.exchangeId}`, other)).status, 404);
  t.match(await gateway.ask('/v1/exchanges?colour=red'), { status: 400, body: { code: 'parameter-invalid' } });
});

t.test('the state database names nobody', async (t) => {
  const rows = await runSql(place.stateUrl, 'SELECT to_jsonb(d) AS row FROM deliveries d');
  const messages = await runSql(place.stateUrl, `SELECT encode(content, 'escape') AS row FROM delivery_messages`);
  const text = JSON.stringify([rows, messages]);
  for (const secret of [...pins, 'official-1', 'lần', 'first']) t.notOk(text.includes(secret), secret);
});

t.test('told to end, the gateway finishes or gives back what it has in hand', async (t) => {
  const pin = pins[0] as string;
  const replies = await Promise.all(Array.from({ length: 20 }, (_one, n) => gateway.push(pin, `cuối ${n}`)));
  await gateway.terminate();
  const [held] = await runSql(place.stateUrl, 'SELECT count(*)::int AS held FROM deliveries WHERE worker IS NOT NULL');
  t.same(held, { held: 0 });
  await gateway.start();
  for (const { body } of replies) t.match(await settled(gateway, body.exchangeId), { state: 'delivered' });
  const effects = (await place.effects(pin)).filter((line) => line.startsWith('cuối'));
  t.equal(effects.length, 20);
  t.equal(new Set(effects).size, 20);
});
