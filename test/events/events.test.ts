/** Events as subscribers see them: what is granted and no more, in one order, without a gap, whatever ends in between. */

import { execFile } from 'node:child_process';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import t from 'tap';
import { projectRoot } from '../support/gateway.ts';
import { createPushPlace, type PushGateway, until } from '../support/push-place.ts';
import { startReceiver } from '../support/receiver.ts';
import { residenceService, sender } from '../support/residence-change.ts';
import { runSql } from '../support/state-fixture.ts';

t.setTimeout(240_000);

const pin = '099190000001';
const tax = 'VN/GOV/G12/tax';
const insurance = 'VN/GOV/G18/health-insurance';
/** Is told by webhook. */
const justice = 'VN/GOV/G15/civil-status';
const subscription = (id: string, consumer: string, changes: object = {}) => ({
  id,
  consumer,
  service: residenceService,
  event: 'residence-changed',
  purposes: ['tax-office'],
  legalBasis: 'Law on Tax Administration',
  fields: ['message.pin', 'message.residence.address'],
  validFrom: '2020-01-01',
  validUntil: '2999-12-31',
  ...changes,
});
const agreements = [
  subscription('tax', tax),
  subscription('insurance', insurance, { fields: ['message.kind', 'result'] }),
  subscription('justice', justice, { fields: ['message.pin'] }),
  subscription('ended', 'VN/GOV/G07/social-protection', { validUntil: '2020-12-31' }),
];
const place = await createPushPlace(t);
const receiver = await startReceiver(t);
const settings = {
  events: { pollMs: 100, forgetMs: 200, waitingPerConsumerMax: 2 },
  webhooks: { allowPrivateAddresses: ['127.0.0.1'], backoffMs: 50 },
};
const webhooks = {
  [sender]: { url: `http://127.0.0.1:${receiver.port}/told`, sends: ['final-states'] },
  [justice]: { url: `http://127.0.0.1:${receiver.port}/events`, sends: ['events'] },
};
const gateway = await place.gateway({ agreements, settings, webhooks });
await gateway.start();

const events = (one: PushGateway, query = '', id = tax) => one.ask(`/v1/events${query}`, { id });
/** Pages until there is nothing more; from the oldest where no cursor is given. */
async function allAfter(one: PushGateway, cursor?: string) {
  const found = [];
  for (let after = cursor; ; ) {
    const { status, body } = await events(one, after === undefined ? '' : `?after=${after}`);
    if (status !== 200) throw new Error(JSON.stringify(body));
    found.push(...body.events);
    after = body.next;
    if (body.events.length === 0) return { found, next: after };
  }
}
const now = async () => (await allAfter(gateway)).next;
const settled = (id: string) =>
  until(
    async () => (await gateway.ask(`/v1/exchanges/${id}`)).body,
    ({ final }) => final === true,
  );

t.test(
  'a delivered push is told: granted fields only, recorded before, and the person sees who was told',
  async (t) => {
    const after = await now();
    const { body: pushed } = await gateway.push(pin, 'nhà mới', { 'x-road-issue': 'H26.101-260315-0007' });
    const { body } = await events(gateway, `?after=${after}&wait=20`);
    t.equal(body.events.length, 1);
    const [event] = body.events;
    t.match(event, { event: 'residence-changed', exchangeId: pushed.exchangeId, agreement: 'tax' });
    t.same(Object.keys(event?.data.message ?? {}).sort(), ['pin', 'residence']);
    t.same(Object.keys(event?.data.message.residence ?? {}), ['address']);
    t.equal(event?.data.message.pin, pin);
    t.equal(event?.data.result, undefined);
    const { body: others } = await events(gateway, `?after=${after}`, insurance);
    t.same(others.events[0]?.data.message, { kind: 'temporary' });
    t.notOk(JSON.stringify(others).includes(pin), 'who is not granted the number is not told it');
    const entries = (await gateway.entries()).filter(({ kind, consumer }) => kind === 'event' && consumer !== justice);
    t.match(entries[0], {
      action: 'residence-changed',
      agreement: 'tax',
      consumer: tax,
      exchange: pushed.exchangeId,
      fields: ['message.pin', 'message.residence.address'],
      purpose: 'tax-office',
      status: 200,
    });
    t.match(entries[1], { agreement: 'insurance', fields: ['message.kind', 'result.since'] });
    const accesses = await until(
      async () => (await gateway.ask('/v1/me/accesses', { id: pin, role: 'citizen' })).body.accesses ?? [],
      (rows) => rows.some(({ kind }) => kind === 'event'),
    );
    const told = accesses.filter(({ kind, consumer }) => kind === 'event' && consumer !== justice);
    t.same(told.map(({ consumer }) => consumer).sort(), [tax, insurance].sort());
    t.match(told[0], { action: 'residence-changed', legalBasis: String, entry: { kind: 'event' }, inclusion: [] });
  },
);

t.test('no agreement, one that has ended, somebody else’s token: nothing', async (t) => {
  const refused = async (id: string) => (await events(gateway, '', id)).body.code;
  t.equal(await refused('VN/GOV/G22/portal'), 'agreement-missing');
  t.equal(await refused('VN/GOV/G07/social-protection'), 'agreement-not-in-force');
  t.match((await events(gateway, '?event=death-registered')).body, {
    code: 'agreement-missing',
    detail: /but of residence-changed\.$/,
  });
  t.match((await events(gateway, '?wait=soon&limit=0')).body, { code: 'parameter-invalid', errors: { length: 2 } });
  const url = `${gateway.url()}/v1/events`;
  const headers = { authorization: `Bearer ${await gateway.token(sender, 'client')}`, 'x-road-client': tax };
  t.equal((await fetch(url, { headers })).status, 403);
  t.equal((await fetch(url)).status, 401);
  t.equal(
    (await fetch(url, { headers: { ...headers, authorization: `Bearer ${await gateway.token('op', 'operator')}` } }))
      .status,
    403,
  );
});

t.test('whoever waits is told within a second, costs the database nothing, and may leave', async (t) => {
  const after = await now();
  const waiting = events(gateway, `?after=${after}&wait=20`);
  await sleep(300);
  const { body } = await gateway.push(pin, 'đợi');
  const { body: page } = await waiting;
  const toldAtMs = Date.now();
  t.equal(page.events[0]?.exchangeId, body.exchangeId);
  const push = await settled(body.exchangeId);
  t.ok(toldAtMs - Date.parse(push.since) < 1000, `${toldAtMs - Date.parse(push.since)} ms after it was delivered`);

  const gone = new AbortController();
  const ask = () => gateway.ask(`/v1/events?after=${page.next}&wait=20`, { id: tax, signal: gone.signal });
  const left = [ask(), ask()].map((one) => one.catch((error: Error) => error.name));
  const awaited = async () =>
    Number(/lienthong_event_requests_waiting (\d+)/.exec(await (await fetch(`${gateway.url()}/metrics`)).text())?.[1]);
  t.equal(await until(awaited, (count) => count === 2), 2);
  t.match(await events(gateway, `?after=${page.next}&wait=20`), { status: 503, body: { code: 'events-busy' } });
  t.equal((await events(gateway, `?after=${page.next}`)).status, 200, 'who does not wait is answered');
  gone.abort();
  t.same(await Promise.all(left), ['AbortError', 'AbortError']);
  t.equal(await until(awaited, (count) => count === 0), 0);
  const startedMs = Date.now();
  t.same((await events(gateway, `?after=${page.next}&wait=1`)).body.events, []);
  t.ok(Date.now() - startedMs >= 950, 'without an event the time is waited');
});

t.test('killed between delivered and numbered, and before it is committed: told all the same', async (t) => {
  for (const moment of ['INSERT INTO announcements', 'row_number() OVER']) {
    const after = await now();
    const reached = place.stateProxy.holdBack(moment);
    const { body } = await gateway.push(pin, moment);
    await reached;
    await gateway.kill();
    place.stateProxy.cut();
    await gateway.start();
    t.equal((await settled(body.exchangeId)).state, 'delivered');
    const { found } = await allAfter(gateway, after);
    const told = found.length > 0 ? found : (await events(gateway, `?after=${after}&wait=10`)).body.events;
    t.same(
      told.map(({ exchangeId }: { exchangeId: string }) => exchangeId),
      [body.exchangeId],
      moment,
    );
  }
});

t.test('two gateways at once: whoever follows the cursor passes nothing by', async (t) => {
  const second = await place.gateway({
    agreements,
    settings,
    origin: 'test.example/second',
    deliveries: { keyFile: `${gateway.data}/keys/delivery.key` },
  });
  await second.start();
  // Pushes may be taken a moment before events can be read: whoever asks then is to ask again.
  await until(
    () => events(second),
    ({ status }) => status === 200,
  );
  const people = ['099190000001', '099088000002', '099075000007'];
  const after = await now();
  let isOver = false;
  const follow = async (one: PushGateway) => {
    const seen: string[] = [];
    for (let cursor = after; ; ) {
      const wasOver = isOver;
      const { status, body } = await events(one, `?after=${cursor}&limit=7&wait=1`);
      if (status !== 200) throw new Error(JSON.stringify(body));
      seen.push(...body.events.map(({ exchangeId }: { exchangeId: string }) => exchangeId));
      cursor = body.next;
      if (wasOver && body.events.length === 0) return seen;
    }
  };
  const following = [follow(gateway), follow(second)];
  const ids: string[] = [];
  const sending = [gateway, second].flatMap((one, g) =>
    people.map(async (who) => {
      for (let n = 0; n < 10; n += 1) ids.push((await one.push(who, `song song ${g} ${n}`)).body.exchangeId);
    }),
  );
  await Promise.all(sending);
  for (const id of ids) t.match(await settled(id), { state: 'delivered' });
  isOver = true;
  for (const seen of await Promise.all(following)) {
    t.equal(new Set(seen).size, seen.length, 'nothing twice');
    t.same([...seen].sort(), [...ids].sort(), `all ${ids.length}`);
  }
  const numbers = await runSql(place.stateUrl, 'SELECT seq FROM announcements ORDER BY seq');
  const [first] = numbers;
  t.ok(
    numbers.every(({ seq }, at) => Number(seq) === Number(first?.seq) + at),
    'numbers have no gap',
  );
  await second.terminate();
});

t.test('a subscriber is told by webhook, recorded before, once however often it is tried', async (t) => {
  const notices = () => receiver.taken.filter(({ path }) => path === '/events');
  let refusals = 0;
  receiver.answer((response, { url }) => {
    const isRefused = url === '/events' && refusals++ < 3;
    response.writeHead(isRefused ? 500 : 204).end();
  });
  const before = notices().length;
  const { body } = await gateway.push(pin, 'báo tin');
  await until(
    async () => notices().length - before,
    (count) => count >= 4,
  );
  const [first, ...others] = notices().slice(before);
  const event = JSON.parse(first?.content ?? '');
  t.match(event, { event: 'residence-changed', exchangeId: body.exchangeId, agreement: 'justice' });
  t.same(event.data, { message: { pin } });
  t.ok(others.length === 3 && others.every(({ headers }) => headers['webhook-id'] === event.id));
  const recorded = (await gateway.entries()).filter(
    ({ kind, consumer, exchange }) => kind === 'event' && consumer === justice && exchange === body.exchangeId,
  );
  t.equal(recorded.length, 1);
  t.ok(Date.parse(recorded[0]?.time ?? '') <= (first?.atMs ?? 0));
  receiver.answer((response) => void response.writeHead(204).end());
});

async function webhooksCommand(...args: string[]): Promise<string> {
  const main = path.join(projectRoot, 'src/main.ts');
  const env = { ...process.env, LIENTHONG_TOKEN: await gateway.token('op', 'operator') };
  return promisify(execFile)(process.execPath, [main, 'webhooks', ...args, '--url', gateway.url()], { env }).then(
    ({ stdout }) => stdout,
    ({ stderr }) => String(stderr),
  );
}

t.test('its sender is told what became of a push, by webhook', async (t) => {
  const { body } = await gateway.push(pin, 'kết quả', { 'x-road-issue': 'H26.101-260315-0009' });
  const about = () => receiver.taken.filter(({ path }) => path === '/told').map(({ content }) => JSON.parse(content));
  const told = await until(
    async () => about().find(({ exchangeId }) => exchangeId === body.exchangeId),
    (found) => found !== undefined,
  );
  t.match(told, { state: 'delivered', final: true, issue: 'H26.101-260315-0009', service: residenceService });
  t.notOk(JSON.stringify(about()).includes(pin), 'without what the message says');
  const { body: shown } = await gateway.ask('/v1/admin/webhooks', { role: 'operator', id: 'op' });
  t.match(shown.webhooks, [
    { receiver: justice, stream: 'events', state: 'going' },
    { receiver: sender, stream: 'final-states', state: 'going', tries: 0 },
  ]);
  t.equal((await gateway.ask('/v1/admin/webhooks')).status, 403);
  const restart = (id: string) =>
    gateway.ask('/v1/admin/webhooks/restart', { role: 'operator', id: 'op', body: { receiver: id } });
  t.equal((await restart(sender)).status, 204);
  t.equal((await restart(tax)).status, 404);
  t.match(await webhooksCommand('list'), new RegExp(`${sender} +final-states +going +\\d+ +0 127\\.0\\.0\\.1:`));
  t.match(await webhooksCommand('restart', sender), `${sender} is tried again (log `);
  t.match(await webhooksCommand('restart', tax), /404: No webhook is registered/);
  t.match(
    (await gateway.entries()).find(({ action }) => action === 'restart-webhook'),
    { kind: 'admin', consumer: sender },
  );
  const keys = await fetch(`${gateway.url()}/.well-known/http-message-signatures-directory`);
  t.match(await keys.json(), { keys: [{ kty: 'OKP', crv: 'Ed25519', kid: String }] });
});

t.test('killed while a webhook is started again, once that is kept it is recorded once and done', async (t) => {
  const restarts = async () => (await gateway.entries()).filter(({ action }) => action === 'restart-webhook').length;
  const kept = () => runSql(place.stateUrl, 'SELECT receiver FROM webhook_restarts');
  const moments = [
    { moment: () => place.stateProxy.keepAnswerTo('INSERT INTO webhook_restarts'), name: 'before it is recorded' },
    { moment: () => place.stateProxy.holdBack('DELETE FROM webhook_restarts'), name: 'before it is done' },
  ];
  for (const { moment, name } of moments) {
    const before = await restarts();
    await runSql(place.stateUrl, `UPDATE webhooks SET dead = true WHERE receiver = '${sender}'`);
    const reached = moment();
    const body = { receiver: sender };
    const asked = gateway
      .ask('/v1/admin/webhooks/restart', { role: 'operator', id: 'op', body })
      .catch(() => undefined);
    await reached;
    await gateway.kill();
    await asked;
    place.stateProxy.cut();
    t.equal((await kept()).length, 1, name);
    await gateway.start();
    t.same(await until(kept, (rows) => rows.length === 0), [], name);
    const [row] = await runSql(place.stateUrl, `SELECT dead FROM webhooks WHERE receiver = '${sender}'`);
    t.equal(row?.dead, false, name);
    t.equal(await restarts(), before + 1, name);
  }
});

t.test('the state database names nobody who was told of', async (t) => {
  const rows = await runSql(
    place.stateUrl,
    `SELECT to_jsonb(a) - 'content' AS row, encode(content, 'escape') AS text FROM announcements a`,
  );
  t.ok(rows.length > 50);
  for (const secret of [pin, 'nhà mới', 'Phường', 'H26.101']) t.notOk(JSON.stringify(rows).includes(secret), secret);
});

t.test('what is too old is forgotten, and a cursor before it is told where to go on', async (t) => {
  const before = await now();
  await runSql(place.stateUrl, `UPDATE announcements SET time_ms = 0 WHERE seq <= ${Number(before) - 5}`);
  const reply = await until(
    () => events(gateway, '?after=1'),
    ({ status }) => status === 410,
  );
  t.match(reply, { status: 410, body: { code: 'events-expired', oldestCursor: String(Number(before) - 5) } });
  t.equal((await allAfter(gateway, reply.body.oldestCursor)).found.length, 5);
  t.equal((await events(gateway)).body.events.length, 5, 'without a cursor the oldest that is kept comes first');
});

t.test(
  'a state database that was put back: a cursor from the lost time is refused, and passes nothing by',
  async (t) => {
    const cursor = await now();
    t.match(await events(gateway, `?after=${Number(cursor) + 1}`), {
      status: 410,
      body: { code: 'events-expired', oldestCursor: String },
    });
    await gateway.terminate();
    await runSql(place.stateUrl, `DELETE FROM announcements WHERE seq > ${Number(cursor) - 3}`);
    await runSql(place.stateUrl, `UPDATE announcement_numbers SET last = ${Number(cursor) - 3}`);
    await runSql(place.stateUrl, `UPDATE webhooks SET cursor = least(cursor, ${Number(cursor) - 3})`);
    await gateway.start();
    await until(
      () => events(gateway, `?after=${cursor}`),
      ({ status }) => status === 410,
    );
    // What docs/events.md says to do.
    await runSql(place.stateUrl, 'UPDATE announcement_numbers SET last = last + 1000000');
    const { body } = await gateway.push(pin, 'sau khi phục hồi');
    const { body: page } = await events(gateway, `?after=${cursor}&wait=20`);
    t.same(
      page.events.map(({ exchangeId }: { exchangeId: string }) => exchangeId),
      [body.exchangeId],
    );
  },
);

t.test('while the state database is away the cursor waits, and at the end whoever waits is answered', async (t) => {
  const after = await now();
  await place.stateProxy.down();
  t.match(await events(gateway, `?after=${after}`), { status: 503, body: { code: 'events-unavailable' } });
  await place.stateProxy.up();
  await until(
    () => events(gateway, `?after=${after}`),
    ({ status }) => status === 200,
  );
  const waiting = events(gateway, `?after=${after}&wait=30`);
  await sleep(200);
  const startedMs = Date.now();
  const [page] = await Promise.all([waiting, gateway.terminate()]);
  t.match(page, { status: 200, body: { events: [], next: after } });
  t.ok(Date.now() - startedMs < 5000);
});

t.test(
  'a subscriber that reads the same again and again is bounded, loses nothing, and holds up no other',
  async (t) => {
    const bounded = await place.gateway({
      agreements,
      settings: { ...settings, events: { ...settings.events, toldPerSecond: 0.5, toldBurst: 4 } },
      origin: 'test.example/bounded',
      deliveries: { keyFile: `${gateway.data}/keys/delivery.key` },
    });
    await bounded.start();
    const told = async () => (await bounded.entries()).filter(({ consumer }) => consumer === tax).length;
    // Whoever asks before events can be read is to ask again; each is charged by itself.
    await until(
      () => events(bounded, '', justice),
      ({ status }) => status === 200,
    );
    const { body: first } = await events(bounded, '?limit=3');
    t.equal(first.events.length, 3);
    const { body: cut } = await events(bounded, '?limit=3');
    t.same(cut.events, first.events.slice(0, 1), 'told again, as far as the rate goes');
    t.equal(cut.next, first.events[0]?.cursor, 'the next page begins behind it');
    const refused = await events(bounded, '?limit=3');
    t.match(refused, { status: 429, body: { code: 'quota-exceeded', detail: /0\.5 events a second, 4 at once/ } });
    t.match(refused.headers.get('retry-after'), /^[12]$/);
    t.equal(await told(), 4, 'an entry for each that was told, and for no other');
    t.equal((await events(bounded, '', insurance)).status, 200, 'another one has its own');
    const later = await until(
      () => events(bounded, `?after=${cut.next}&limit=1`),
      ({ status }) => status === 200,
    );
    t.same(later.body.events, [first.events[1]], 'after that time it goes on where it was');
    await bounded.terminate();
  },
);
