/** Webhooks against receivers of every kind: each notice arrives, in order, signed, and nowhere that is not allowed. */

import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { createAuthority } from '../support/certificates.ts';
import { until } from '../support/push-place.ts';
import { startReceiver, type TestReceiver } from '../support/receiver.ts';
import { startPostgres } from '../support/servers.ts';
import { makeDatabase } from '../support/state-fixture.ts';
import { createWebhookPlace, type RunningWebhooks, receiverId } from '../support/webhook-place.ts';

t.setTimeout(120_000);

const server = await startPostgres(t);
const authority = await createAuthority(t);
const credentials = await authority.issue('receiver.example');

const idsOf = ({ taken }: TestReceiver) => taken.map(({ headers }) => headers['webhook-id']);
const httpUrl = ({ port }: TestReceiver) => `http://127.0.0.1:${port}/hook?from=lienthong`;
const placeOf = async (t: Test) => createWebhookPlace(t, await makeDatabase(server.url));
const status = async ({ list }: RunningWebhooks) => (await list())[0];
/** It is registered, and begins with what comes from now on. */
const registered = (one: RunningWebhooks) =>
  until(
    async () => (await one.list()).length,
    (count) => count === 1,
  );
const drained = (receiver: TestReceiver, ids: readonly string[]) =>
  until(
    async () => new Set(idsOf(receiver)),
    (seen) => ids.every((id) => seen.has(id)),
  );

t.test('over TLS, in order, each once; what was before the registration is not sent', async (t) => {
  const place = await placeOf(t);
  const receiver = await startReceiver(t, credentials);
  await place.announce(2);
  const first = place.start(`https://localhost:${receiver.port}/hook`, { ca: credentials.ca });
  // The name leads to ::1, too, on most machines.
  await first.close();
  const named = { ca: credentials.ca, settings: { allowPrivateAddresses: ['127.0.0.1', '::1'] } };
  await sleep(200);
  const webhooks = place.start(`https://localhost:${receiver.port}/hook`, named);
  await registered(webhooks);
  const before = idsOf(receiver).length;
  const ids = await place.announce(20);
  await drained(receiver, ids);
  t.same(idsOf(receiver).slice(before), ids);
  const [notice] = receiver.taken.slice(before);
  t.match(notice, { method: 'POST', path: '/hook', headers: { 'content-type': 'application/json' } });
  t.match(JSON.parse(notice?.content ?? ''), { id: ids[0], state: 'refused', reason: 'person-unknown', final: true });
  t.match(
    await until(
      () => status(webhooks),
      (one) => one?.behind === 0,
    ),
    { state: 'going', behind: 0, tries: 0 },
  );
});

t.test('a receiver in trouble of any kind is tried again with the same notice, and nothing overtakes it', async (t) => {
  const place = await placeOf(t);
  const receiver = await startReceiver(t);
  const elsewhere = await startReceiver(t);
  const webhooks = place.start(httpUrl(receiver));
  await registered(webhooks);
  const troubles: Record<string, Parameters<TestReceiver['answer']>[0]> = {
    'status-500': (response) => void response.writeHead(500).end('no'),
    'status-429': (response) => void response.writeHead(429, { 'retry-after': '1' }).end(),
    redirected: (response) => void response.writeHead(307, { location: httpUrl(elsewhere) }).end(),
    timeout: () => undefined,
    'connection-reset': (_response, request) => request.socket.resetAndDestroy(),
  };
  for (const [outcome, answer] of Object.entries(troubles)) {
    receiver.answer(answer);
    const before = receiver.taken.length;
    const ids = await place.announce(3);
    await until(
      async () => webhooks.outcomes.filter((one) => one === outcome).length,
      (count) => count >= 2,
    );
    t.same([...new Set(idsOf(receiver).slice(before))], [ids[0]], `${outcome}: the first is tried, and no other`);
    t.match(
      await until(
        () => status(webhooks),
        (one) => one?.state === 'failing',
      ),
      { fault: outcome, nextTry: String },
    );
    receiver.answer((response) => void response.writeHead(204).end());
    await drained(receiver, ids);
    t.same([...new Set(idsOf(receiver).slice(before))], ids, `${outcome}: then all, in order`);
  }
  t.equal(elsewhere.taken.length, 0, 'no redirect is followed');
  await until(
    async () => webhooks.turns.at(-1),
    (turn) => turn === 'going',
  );
  const turns = Object.keys(troubles).flatMap((outcome) => [`failing ${outcome}`, 'going']);
  t.same(webhooks.turns, turns, 'the operator is told once of each, not of each try');
});

t.test('an answer that does not end costs its sender the connection, not the gateway its memory', async (t) => {
  const place = await placeOf(t);
  const receiver = await startReceiver(t);
  receiver.answer((response) => {
    response.writeHead(200);
    const pour = () => response.destroyed || response.write('x'.repeat(65_536), () => setImmediate(pour));
    pour();
  });
  const webhooks = place.start(httpUrl(receiver));
  await registered(webhooks);
  const ids = await place.announce(2);
  await drained(receiver, ids);
  t.same([...new Set(idsOf(receiver))], ids);
});

t.test('a certificate of somebody else, or for another name, gets nothing', async (t) => {
  const stranger = await (await createAuthority(t, 'Stranger')).issue('receiver.example');
  for (const [name, ca] of [
    ['localhost', stranger.ca],
    ['localhost', undefined],
    ['other.example', credentials.ca],
  ] as const) {
    const place = await placeOf(t);
    const receiver = await startReceiver(t, credentials);
    const webhooks = place.start(`https://${name}:${receiver.port}/`, {
      ...(ca === undefined ? {} : { ca }),
      lookup: leadsTo('127.0.0.1'),
    });
    await registered(webhooks);
    await place.announce(1);
    await until(
      async () => webhooks.outcomes.length,
      (count) => count > 0,
    );
    t.match(webhooks.outcomes[0], /certificate-refused|connection-failed/);
    t.equal(receiver.taken.length, 0);
  }
});

t.test('no name and no address leads into the gateway’s own network', async (t) => {
  const receiver = await startReceiver(t);
  const { port } = receiver;
  const inside = ['127.0.0.1', '169.254.169.254', '10.0.0.5', '::1', '::ffff:127.0.0.1', '::ffff:7f00:1', 'fe80::1'];
  const ways = [
    ...inside.map((address) => ({ url: `https://receiver.example:${port}/`, lookup: leadsTo(address) })),
    { url: `https://receiver.example:${port}/`, lookup: leadsTo('8.8.8.8', '127.0.0.1') },
    { url: `http://receiver.example:${port}/`, lookup: leadsTo('8.8.8.8') },
    { url: `https://127.0.0.1:${port}/`, lookup: leadsTo('8.8.8.8') },
    { url: `https://[::ffff:127.0.0.1]:${port}/`, lookup: leadsTo('8.8.8.8') },
    { url: `https://2130706433:${port}/`, lookup: leadsTo('8.8.8.8') },
    { url: `http://0.0.0.0:${port}/`, lookup: leadsTo('8.8.8.8') },
    { url: `https://localhost:${port}/`, lookup: undefined },
  ];
  const place = await placeOf(t);
  for (const [at, { url, lookup }] of ways.entries()) {
    const settings = { allowPrivateAddresses: [] };
    const webhooks = place.start(url, { settings, ...(lookup === undefined ? {} : { lookup }) });
    await registered(webhooks);
    if (at === 0) await place.announce(1);
    await until(
      async () => webhooks.outcomes.length,
      (count) => count > 0,
    );
    t.equal(webhooks.outcomes[0], 'address-not-allowed', `${url} ${at}`);
    await webhooks.close();
  }
  t.equal(receiver.taken.length, 0);
});

t.test(
  'a name that leads elsewhere the second time was asked for once: the checked address is the connected one',
  async (t) => {
    const receiver = await startReceiver(t);
    const place = await placeOf(t);
    let asked = 0;
    const rebinding = ((name: string, options: object, callback: never) => {
      asked += 1;
      (leadsTo(asked % 2 === 1 ? '127.0.0.1' : '127.0.0.2') as (...given: unknown[]) => void)(name, options, callback);
    }) as never;
    const webhooks = place.start(`http://receiver.example:${receiver.port}/`, { lookup: rebinding });
    await registered(webhooks);
    const ids = await place.announce(3);
    await drained(receiver, ids);
    t.equal(asked, 1, 'one connection, one question');
    receiver.answer((_response, request) => request.socket.destroy());
    await place.announce(1);
    await until(
      async () => webhooks.outcomes,
      (outcomes) => outcomes.includes('address-not-allowed'),
    );
    t.ok(webhooks.outcomes.includes('address-not-allowed'), 'the next connection is checked anew');
  },
);

t.test('failed too often and too long it is dead, and nothing is lost: an operator starts it again', async (t) => {
  const place = await placeOf(t);
  const receiver = await startReceiver(t);
  receiver.answer((response) => void response.writeHead(503).end());
  const webhooks = place.start(httpUrl(receiver), { settings: { triesMax: 3 } });
  await registered(webhooks);
  const ids = await place.announce(3);
  t.match(
    await until(
      () => status(webhooks),
      (one) => one?.state === 'dead',
    ),
    { tries: 3, fault: 'status-503', behind: 3 },
  );
  await sleep(300);
  t.equal(receiver.taken.length, 3, 'nothing more is tried');
  receiver.answer((response) => void response.writeHead(200).end('thanks'));
  await webhooks.restart({ id: '01890a5d-ac96-774b-bcce-b302099a8057', by: 'operator-1', receiver: receiverId });
  await drained(receiver, ids);
  t.same(idsOf(receiver).slice(3), ids);
  t.same(webhooks.turns, ['failing status-503', 'dead status-503', 'going']);
  t.match(webhooks.entries, [{ kind: 'admin', action: 'restart-webhook', consumer: receiverId }]);
  await t.rejects(
    webhooks.restart({ id: '01890a5d-ac96-774b-bcce-b302099a8057', by: 'operator-1', receiver: 'VN/GOV/G12/tax' }),
    { code: 'not-found' },
  );
});

t.test('a restart whose log fails is kept, seen, and done once the log is well, recorded once', async (t) => {
  const place = await placeOf(t);
  const receiver = await startReceiver(t);
  receiver.answer((response) => void response.writeHead(503).end());
  let isSick = true;
  const webhooks = place.start(httpUrl(receiver), { settings: { triesMax: 1 }, refusesEntries: () => isSick });
  await registered(webhooks);
  const ids = await place.announce(2);
  await until(
    () => status(webhooks),
    (one) => one?.state === 'dead',
  );
  const wanted = { id: '01890a5d-ac96-774b-bcce-b302099a8057', by: 'operator-1', receiver: receiverId };
  await t.rejects(webhooks.restart(wanted), { code: 'log-unavailable', detail: /it is kept/ });
  await sleep(1200);
  t.match(await status(webhooks), { state: 'dead', restarting: true }, 'nothing is done that is not recorded');
  receiver.answer((response) => void response.writeHead(204).end());
  isSick = false;
  await drained(receiver, ids);
  t.equal((await status(webhooks))?.restarting, undefined);
  t.match(webhooks.entries, [{ kind: 'admin', action: 'restart-webhook', id: wanted.id }]);
  t.equal(webhooks.entries.length, 1);
});

t.test('restarts that a gateway cannot record are done by another one, long before its leases end', async (t) => {
  const place = await placeOf(t);
  const receiver = await startReceiver(t);
  receiver.answer((response) => void response.writeHead(503).end());
  const startSick = async () => {
    const settings = { triesMax: 1, leaseSeconds: 600 };
    const gateway = place.start(httpUrl(receiver), { origin: 'test.example/1', settings, refusesEntries: () => true });
    await registered(gateway);
    return gateway;
  };
  const sick = await startSick();
  const ids = await place.announce(2);
  await until(
    () => status(sick),
    (one) => one?.state === 'dead',
  );
  const wanted = ['01890a5d-ac96-774b-bcce-b302099a8051', '01890a5d-ac96-774b-bcce-b302099a8052'] as const;
  const restartIn = (gateway: RunningWebhooks, id: string) =>
    gateway.restart({ id, by: 'operator-1', receiver: receiverId });
  await t.rejects(restartIn(sick, wanted[0]), { code: 'log-unavailable' });
  await sick.close();
  const again = await startSick();
  await sleep(300);
  await t.rejects(restartIn(again, wanted[1]), { code: 'log-unavailable' });
  receiver.answer((response) => void response.writeHead(204).end());
  const well = place.start(httpUrl(receiver), { origin: 'test.example/2' });
  await drained(receiver, ids);
  await until(
    () => status(well),
    (one) => one?.restarting === undefined,
  );
  t.same(well.entries.map(({ id }) => id).sort(), wanted);
});

t.test('two gateways send each notice once, and one goes on where the other ended', async (t) => {
  const place = await placeOf(t);
  const receiver = await startReceiver(t);
  const first = place.start(httpUrl(receiver), { origin: 'test.example/1' });
  const second = place.start(httpUrl(receiver), { origin: 'test.example/2' });
  await registered(second);
  const ids = await place.announce(30);
  await drained(receiver, ids);
  t.same(idsOf(receiver), ids, 'in order, nothing twice');
  await (first.outcomes.length > 0 ? first : second).close();
  const more = await place.announce(5);
  await drained(receiver, more);
  t.same(idsOf(receiver).slice(30), more);
});

/** A resolver that knows one answer. */
function leadsTo(...addresses: string[]) {
  return ((_name: string, _options: object, callback: (error: null, found: object[]) => void) => {
    const found = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    setImmediate(() => callback(null, found));
  }) as never;
}
