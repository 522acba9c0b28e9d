/** What the gateway turns away it turns away at the door, by priority and fair share, and accounts for every one. */

import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Ajv2020 } from 'ajv/dist/2020.js';
import t, { type Test } from 'tap';
import type { LoggedEntry } from '../support/answers.ts';
import { eventually } from '../support/eventually.ts';
import { type Reply, readReply, type TestGateway } from '../support/gateway.ts';
import { askService, startTroubledGateway, troubledAgreements } from '../support/troubled.ts';

t.setTimeout(60_000);

const interactive = 'G07/social-protection';
const batch = 'G22/legacy-client';
const agreements = troubledAgreements.map((agreement) =>
  agreement.id === 'legacy' ? { ...agreement, priority: 'batch' } : agreement,
);
const small = {
  ...{ inFlightMin: 4, inFlightMax: 4, loopDelayMsMax: 10_000, tallyIntervalMs: 100 },
};
const slow = (index: number) => ({ pin: pins[index % pins.length], trouble: 'slow' });
const pins = ['099190000001', '099088000002', '099065000003', '099316000005'];

const start = (t: Parameters<typeof startTroubledGateway>[0], overload: object = {}) =>
  startTroubledGateway(t, { agreements, settings: { overload: { ...small, ...overload } } });

const sumOf = (entries: readonly LoggedEntry[]) =>
  entries.filter(({ kind }) => kind === 'refusals').reduce((sum, { count }) => sum + count, 0);

t.test('beyond its limit the gateway answers 503 at once, unread, and counts it in one entry', async (t) => {
  const gateway = await start(t);
  const held = await hold(t, gateway, interactive, 4);
  const refused: Reply[] = [];
  const startMs = performance.now();
  for (let round = 0; round < 10; round += 1) {
    refused.push(await gateway.call(askService, interactive, { pin: pins[0] }, { authorization: 'Bearer a.b.c' }));
  }
  for (const { status, headers, body } of refused) {
    t.equal(status, 503);
    t.equal(headers.get('retry-after'), '1');
    t.equal(headers.get('x-road-error'), 'Server.ClientProxy.ServiceDisabled');
    t.match(body, { code: 'overloaded', status: 503 });
  }
  const xml = await gateway.call(askService, interactive, {}, { accept: 'text/xml' });
  t.match(xml.text, /<type>Server.ClientProxy.ServiceDisabled<\/type>/, 'in the form that is asked for');
  for (const socket of held) socket.destroy();
  const counted = await eventually(async () => {
    const entries = await gateway.entries();
    return sumOf(entries) === 11 ? entries.filter(({ kind }) => kind === 'refusals') : undefined;
  });
  const intervals = (performance.now() - startMs) / small.tallyIntervalMs;
  t.ok(counted.length <= intervals + 1, `${counted.length} entries for 11 refusals in ${intervals} intervals`);
  t.match(counted[0], { problem: 'overloaded', status: 503, claimedConsumer: `VN/GOV/${interactive}` });
  await eventually(async () => {
    const { status } = await gateway.call(askService, interactive, { pin: pins[0] });
    return status === 200 ? true : undefined;
  });
  const metrics = await fetch(`${gateway.url}/metrics`).then((response) => response.text());
  t.match(metrics, /lienthong_refusals_counted_total\{problem="overloaded"\} 11/);
  t.match(metrics, /lienthong_exchanges_in_flight_limit 4/);
  await demandDescribed(t, gateway, '503', refused[0] as Reply);
});

t.test('headers that are too long for the parser are answered as described', async (t) => {
  const gateway = await start(t);
  const reply = await gateway.call(askService, interactive, { pin: pins[0] }, { 'x-long': 'x'.repeat(20_000) });
  t.equal(reply.status, 431);
  t.equal(reply.body.code, 'request-malformed');
  await demandDescribed(t, gateway, '431', reply);
});

t.test('batch is turned away before interactive, and claiming another name does not help', async (t) => {
  const gateway = await start(t, { batchPercent: 50, fairFromPercent: 100 });
  await hold(t, gateway, interactive, 2);
  t.equal((await gateway.call(askService, batch, { pin: pins[1] })).status, 503, 'batch has half of the places');
  t.equal((await gateway.call(askService, interactive, { pin: pins[1] })).status, 200);
  t.equal(
    (await gateway.call(askService, interactive, '', { 'content-type': 'application/x-ndjson' })).status,
    503,
    'many messages in one request are batch',
  );
  t.equal(
    (await gateway.call(askService, interactive, '', { 'content-type': 'Application/X-NDJSON' })).status,
    503,
    'however their type is spelt',
  );
  const token = await gateway.token(`VN/GOV/${batch}`);
  const headers = { authorization: `Bearer ${token}` };
  t.equal((await gateway.call(askService, interactive, { pin: pins[1] }, headers)).status, 403);
  const encoded = { 'x-road-client': 'VN/GOV/G22/legacy%2Dclient' };
  t.equal((await gateway.call(askService, batch, { pin: pins[1] }, encoded)).status, 503, 'nor does another spelling');
  t.equal((await gateway.call(askService, 'G99/nobody', { pin: pins[1] })).status, 503, 'strangers wait, too');
});

t.test('a consumer above its fair share is refused before another that is below it', async (t) => {
  const gateway = await start(t, { inFlightMin: 8, inFlightMax: 8, fairFromPercent: 50 });
  await hold(t, gateway, interactive, 4);
  await hold(t, gateway, 'G12/tax', 1);
  t.equal((await gateway.call(askService, interactive, { pin: pins[2] })).status, 503, 'half of eight is its share');
  t.equal((await gateway.call(askService, 'G09/civil-servants', { pin: pins[2] })).status, 200);
});

t.test('without proof nobody makes the log grow, or has a body read', async (t) => {
  const tallyIntervalMs = 100;
  const gateway = await startTroubledGateway(t, {
    settings: { overload: { unprovenBurst: 5, unprovenPerSecond: 0.001, tallyIntervalMs } },
  });
  const startMs = performance.now();
  const wrong = { authorization: 'Bearer a.b.c' };
  for (let round = 0; round < 30; round += 1) {
    const { status } = await gateway.call(askService, interactive, { pin: pins[0] }, wrong);
    t.equal(status, 401);
  }
  const entries = await eventually(async () => {
    const all = await gateway.entries();
    return sumOf(all) === 25 ? all : undefined;
  });
  t.equal(entries.filter(({ problem, kind }) => problem === 'token-invalid' && kind === 'query').length, 5);
  const intervals = (performance.now() - startMs) / tallyIntervalMs;
  t.ok(entries.length <= 5 + intervals + 1, `${entries.length} entries for 30 refusals in ${intervals} intervals`);
  const { status } = await gateway.call(askService, interactive, { pin: pins[0] });
  t.equal(status, 200, 'whoever has a token is served from the same address');
});

t.test('a caller without a token is refused before its body has come', async (t) => {
  const gateway = await startTroubledGateway(t);
  const socket = await send(t, gateway, interactive, undefined, 100_000);
  const received = await new Promise<string>((resolve) =>
    socket.once('data', (chunk: Buffer) => resolve(String(chunk))),
  );
  t.match(received, /^HTTP\/1\.1 401 /);
  t.match(await gateway.entries(), [{ problem: 'authentication-required', request: { bytes: 0 } }]);
});

t.test('who waits to be asked for the body is asked only when let in', async (t) => {
  const gateway = await start(t);
  await hold(t, gateway, interactive, 4);
  const socket = await send(t, gateway, interactive, undefined, 10, 'Expect: 100-continue\r\n');
  const received = await new Promise<string>((resolve) =>
    socket.once('data', (chunk: Buffer) => resolve(String(chunk))),
  );
  t.match(received, /^HTTP\/1\.1 503 /);
});

/** Requests whose bodies do not come: each holds a place. */
async function hold(
  t: { teardown(end: () => unknown): unknown },
  gateway: TestGateway,
  consumer: string,
  count: number,
): Promise<Socket[]> {
  const token = await gateway.token(`VN/GOV/${consumer}`);
  const before = await inFlight(gateway);
  const sockets = await Promise.all(
    Array.from({ length: count }, () => send(t, gateway, consumer, token, JSON.stringify(slow(0)).length)),
  );
  await eventually(async () => ((await inFlight(gateway)) === before + count ? true : undefined));
  return sockets;
}

async function inFlight({ url }: TestGateway): Promise<number> {
  const metrics = await fetch(`${url}/metrics`).then((response) => response.text());
  return Number(/^lienthong_exchanges_in_flight (\d+)/m.exec(metrics)?.[1]);
}

/** The head of a request, without its body. */
async function send(
  t: { teardown(end: () => unknown): unknown },
  { url }: TestGateway,
  consumer: string,
  token: string | undefined,
  bodyBytes: number,
  more = '',
): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  t.teardown(() => socket.destroy());
  socket.on('error', () => undefined);
  socket.write(
    `POST /r1/VN/GOV/${askService}/v1 HTTP/1.1\r\nHost: x\r\nX-Road-Client: VN/GOV/${consumer}\r\n${more}` +
      `${token === undefined ? '' : `Authorization: Bearer ${token}\r\n`}` +
      `Content-Type: application/json\r\nContent-Length: ${bodyBytes}\r\n\r\n`,
  );
  await sleep(5);
  return socket;
}

/** The reply is as the service's OpenAPI document describes it, and the document's own example of it, too. */
async function demandDescribed(t: Test, gateway: TestGateway, status: string, { headers, body }: Reply): Promise<void> {
  const { body: document } = await fetch(`${gateway.url}/openapi.json`).then(readReply);
  const service = document.paths[`/r1/VN/GOV/${askService}/v1`]?.post;
  const name = String(service?.responses?.[status]?.$ref).split('/').at(-1);
  const { content, headers: described = {} } = document.components.responses?.[name ?? ''] ?? {};
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema({ $id: 'document', components: document.components });
  const fits = ajv.compile({ $ref: 'document#/components/schemas/Problem' });
  t.ok(fits(body), ajv.errorsText(fits.errors));
  const value = content?.['application/problem+json']?.examples?.[body.code]?.value;
  t.ok(fits(value), ajv.errorsText(fits.errors));
  t.same(Object.keys(value ?? {}), Object.keys(body), 'the example has what the reply has');
  const known = new Set(Object.keys(described).map((one) => one.toLowerCase()));
  for (const one of ['retry-after', 'x-road-error']) t.equal(headers.has(one), known.has(one), one);
}
