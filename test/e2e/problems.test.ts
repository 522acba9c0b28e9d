/** Each row of the table of problems is met by a real request, with its status, code and X-Road type, and is recorded. */

import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { problemKinds } from '../../src/problem-kinds.ts';
import type { ProblemCode } from '../../src/problems.ts';
import { makeExchanges, startAuditGateway } from '../support/audit-fixture.ts';
import { eventually } from '../support/eventually.ts';
import { evidenceSettings, makeAuditor } from '../support/evidence-fixture.ts';
import { type Reply, readReply, type TestGateway } from '../support/gateway.ts';
import { watchDisk } from '../support/log-disk-fixture.ts';
import { askService, brokenService, fragileService, startTroubledGateway } from '../support/troubled.ts';
import { startTestWitness } from '../support/witness-fixture.ts';

// Starting everything takes its time on a loaded machine.
t.setTimeout(120_000);

const pin = '099190000001';
const consumer = 'G07/social-protection';
const met = new Set<ProblemCode>();
/** They take registries that keep what they are given: test/deliveries/, test/e2e/refused-in-part.test.ts. */
const metByPushes: readonly ProblemCode[] = ['message-id-reused', 'state-conflict', 'refused-in-part'];
/** In test/e2e/overload.test.ts. */
const metByOverload: readonly ProblemCode[] = ['overloaded'];
/** They take events: test/e2e/events.test.ts. */
const metByEvents: readonly ProblemCode[] = ['events-expired', 'events-busy', 'events-unavailable'];
/** In test/http/bulk/. */
const metInBulk: readonly ProblemCode[] = ['too-many-bulks', 'gateway-stopping', 'line-malformed', 'lines-refused'];

t.test('each problem has its request', async (t) => {
  const gateway = await startTroubledGateway(t, { settings: { http: { bodyBytesMax: 2000 } } });
  const ask = (message: unknown, headers = {}, client = consumer) => gateway.call(askService, client, message, headers);
  const raw = (path: string, init: RequestInit = {}) => fetch(`${gateway.url}${path}`, init).then(readReply);
  const authorised = async (client = consumer) => ({
    'x-road-client': `VN/GOV/${client}`,
    authorization: `Bearer ${await gateway.token(`VN/GOV/${client}`)}`,
  });

  const requests: Partial<Record<ProblemCode, () => Promise<Reply>>> = {
    'request-malformed': async () => raw('/r1/VN/GOV/G18/troubles/getOpenAPI', { headers: await authorised() }),
    'header-missing': async () => raw(`/r1/VN/GOV/${askService}/v1`, { method: 'POST' }),
    'header-invalid': () => ask({ pin }, { 'exchange-purpose': 'Not A Purpose' }),
    'client-identifier-invalid': () => ask({ pin }, { 'x-road-client': 'VN/GOV' }),
    'service-identifier-invalid': async () => raw('/r1/VN/GOV/G18', { method: 'POST', headers: await authorised() }),
    'content-type-unsupported': () => ask({ pin }, { 'content-type': 'text/plain' }),
    'content-too-large': () => ask({ pin: '0'.repeat(3000) }),
    'json-malformed': () => ask('{"pin":"099190000001","pin":"099190000001"}'),
    'message-invalid': () => ask({ pin: '123' }),
    'authentication-required': async () =>
      raw(`/r1/VN/GOV/${askService}/v1`, { method: 'POST', headers: { 'x-road-client': `VN/GOV/${consumer}` } }),
    'token-invalid': () => ask({ pin }, { authorization: 'Bearer a.b.c' }),
    'client-not-owned': () => ask({ pin }, { 'x-road-client': 'VN/GOV/G12/tax' }),
    'member-unknown': async () => {
      const token = await gateway.gateway.issueToken({ id: 'VN/GOV/G99', role: 'client', lifetimeSeconds: 60 });
      return ask({ pin }, { 'x-road-client': 'VN/GOV/G99/nobody', authorization: `Bearer ${token}` });
    },
    'address-not-allowed': () => callFrom('127.0.0.2', gateway, 'VN/GOV/G22/legacy-client'),
    'service-unknown': () => gateway.call('G18/troubles/no-such-service', consumer, { pin }),
    'method-not-allowed': async () =>
      raw(`/r1/VN/GOV/${askService}/v1`, { method: 'PUT', headers: await authorised() }),
    'official-required': () => gateway.call(fragileService, consumer, { pin }),
    'agreement-missing': () => ask({ pin }, {}, 'H41/one-stop'),
    'agreement-not-in-force': () => ask({ pin }, {}, 'G12/tax'),
    'purpose-required': () => ask({ pin }, {}, 'G15/civil-status'),
    'purpose-not-granted': () => ask({ pin }, { 'exchange-purpose': 'third' }, 'G15/civil-status'),
    'field-not-granted': () => ask({ pin, fields: ['secret'] }),
    'safety-level-too-low': () => ask({ pin }, {}, 'H38.102/one-stop'),
    'quota-exceeded': async () => {
      await ask({ pin }, {}, 'G09/civil-servants');
      return ask({ pin }, {}, 'G09/civil-servants');
    },
    'registry-unavailable': () => ask({ pin, trouble: 'unavailable' }),
    'registry-timeout': () => ask({ pin, trouble: 'never' }),
    'registry-answer-invalid': () => ask({ pin, trouble: 'garbage' }),
    'registry-failed': () => ask({ pin, trouble: 'bug' }),
    'circuit-open': async () => {
      const askFragile = () =>
        gateway.call(fragileService, consumer, { pin, trouble: 'unavailable' }, { 'x-road-userid': 'official-1' });
      await askFragile();
      await askFragile();
      return askFragile();
    },
    'registry-busy': async () => {
      const slow = ['099190000001', '099088000002', '099065000003'].map((one) => ask({ pin: one, trouble: 'never' }));
      await sleep(50);
      // A person nobody asked about before: for others a kept answer would stand in.
      const busy = await ask({ pin: '099316000005' });
      await Promise.all(slow);
      return busy;
    },
  };

  for (const [code, send] of Object.entries(requests) as [ProblemCode, () => Promise<Reply>][]) {
    await t.test(code, async (t) => {
      const { status, headers, body } = await send();
      const kind = problemKinds[code];
      t.equal(status, kind.status, JSON.stringify(body));
      t.equal(headers.get('x-road-error'), kind.xRoadType);
      t.match(headers.get('content-type'), /^application\/problem\+json/);
      t.match(body, { code, status: kind.status, type: `/problems/${code}`, title: kind.title, mend: kind.mend });
      t.equal(body.instance, `urn:uuid:${headers.get('exchange-id')}`);
      t.equal(body.message, body.detail, 'X-Road clients find the text where they look for it');
      const entry = (await gateway.entries())[Number(headers.get('exchange-log-index'))];
      t.match(entry, { id: headers.get('exchange-id'), status: kind.status, problem: code }, 'the refusal is recorded');
      met.add(code);
    });
  }

  await t.test('a service without its version is told which versions there are', async (t) => {
    for (const [tail, detail] of [
      ['', 'The version is missing behind the service: this service has v1.'],
      ['/v9', 'No such version: this service has v1.'],
    ] as const) {
      const headers = { ...(await authorised()), 'content-type': 'application/json' };
      const address = `${gateway.url}/r1/VN/GOV/${askService}${tail}`;
      const response = await fetch(address, { method: 'POST', headers, body: JSON.stringify({ pin }) });
      t.match(await response.json(), { code: 'service-unknown', detail });
    }
  });

  await t.test('client-disconnected', async (t) => {
    const gone = new AbortController();
    const call = fetch(`${gateway.url}/r1/VN/GOV/${askService}/v1`, {
      method: 'POST',
      headers: { ...(await authorised()), 'content-type': 'application/json' },
      body: JSON.stringify({ pin, trouble: 'slow' }),
      signal: gone.signal,
    });
    await sleep(30);
    gone.abort();
    await t.rejects(call);
    const entry = await eventually(async () =>
      (await gateway.entries()).find(({ problem }) => problem === 'client-disconnected'),
    );
    t.match(entry, { status: 499, consumer: `VN/GOV/${consumer}` }, 'the exchange nobody waited for is recorded too');
    met.add('client-disconnected');
  });

  await t.test('not-found', async (t) => {
    const { status, body } = await raw('/no/such/page');
    t.equal(status, 404);
    t.equal(body.code, 'not-found');
    met.add('not-found');
  });
});

t.test('methods that no service has are refused and recorded, whatever they carry', async (t) => {
  const gateway = await startTroubledGateway(t);
  const authorization = `Bearer ${await gateway.token(`VN/GOV/${consumer}`)}`;
  for (const method of ['PROPFIND', 'QUERY', 'OPTIONS', 'DELETE']) {
    const headers = { authorization, 'x-road-client': `VN/GOV/${consumer}`, 'content-type': 'application/json' };
    const reply = await fetch(`${gateway.url}/r1/VN/GOV/${askService}/v1`, { method, headers, body: '{}' }).then(
      readReply,
    );
    t.equal(reply.status, 405, method);
    t.equal(reply.headers.get('allow'), 'POST');
    t.match((await gateway.entries()).at(-1), { problem: 'method-not-allowed', id: reply.headers.get('exchange-id') });
  }
});

t.test('a path that cannot be decoded, or only decodes to /r1, is a recorded refusal', async (t) => {
  const gateway = await startTroubledGateway(t);
  for (const path of ['/r1/VN/GOV/%FF/x/y/v1', '/r1/%', `/%72%31/VN/GOV/${askService}/v1`]) {
    const reply = await fetch(`${gateway.url}${path}`, { method: 'POST' }).then(readReply);
    t.equal(reply.status, 400, path);
    t.equal(reply.body.code, 'service-identifier-invalid');
    t.equal(reply.headers.get('x-road-error'), 'Client.BadRequest');
    t.notOk(JSON.stringify(reply.body).includes('%'), 'the path is not repeated');
    t.equal((await gateway.entries()).at(-1)?.id, reply.headers.get('exchange-id'));
  }
});

t.test('request-timeout', async (t) => {
  const http = { requestTimeoutMs: 600, headersTimeoutMs: 500, timeoutCheckIntervalMs: 50 };
  const gateway = await startTroubledGateway(t, { settings: { http } });
  const token = await gateway.token(`VN/GOV/${consumer}`);
  const head =
    `POST /r1/VN/GOV/${askService}/v1 HTTP/1.1\r\nHost: x\r\nX-Road-Client: VN/GOV/${consumer}\r\n` +
    `Authorization: Bearer ${token}\r\n`;
  const { hostname, port } = new URL(gateway.url);
  const socket = connect(Number(port), hostname);
  t.teardown(() => socket.destroy());
  let received = '';
  socket.setEncoding('utf8').on('data', (chunk) => {
    received += chunk;
  });
  socket.write(`${head}Content-Type: application/json\r\nContent-Length: 50\r\n\r\n{"pin"`);
  await eventually(async () => (received.includes('\r\n\r\n') ? received : undefined));
  t.match(received, /^HTTP\/1\.1 408 /);
  t.match(received, /"code":"request-timeout"/);
  t.match(
    await gateway.entries(),
    [{ problem: 'request-timeout', status: 408 }],
    'what the wire says is what is recorded',
  );
  met.add('request-timeout');
});

t.test('a caller that hangs up while it sends is recorded as gone', async (t) => {
  const gateway = await startTroubledGateway(t);
  const { hostname, port } = new URL(gateway.url);
  const socket = connect(Number(port), hostname);
  socket.write(
    `POST /r1/VN/GOV/${askService}/v1 HTTP/1.1\r\nHost: x\r\nX-Road-Client: VN/GOV/${consumer}\r\n` +
      `Authorization: Bearer ${await gateway.token(`VN/GOV/${consumer}`)}\r\n` +
      'Content-Type: application/json\r\nContent-Length: 50\r\n\r\n{"pin"',
  );
  await sleep(100);
  socket.resetAndDestroy();
  const entry = await eventually(async () => (await gateway.entries())[0]);
  t.match(entry, { problem: 'client-disconnected', status: 499 });
});

t.test('a connection with too many requests waiting is cut', async (t) => {
  const gateway = await startTroubledGateway(t);
  const { hostname, port } = new URL(gateway.url);
  const socket = connect(Number(port), hostname);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.on('error', () => undefined);
  socket.resume();
  socket.write('GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(1000));
  await closed;
  t.equal((await fetch(`${gateway.url}/health/live`)).status, 200, 'the others are served');
});

t.test('log-unavailable', async (t) => {
  const gateway = await startTroubledGateway(t, {
    wrapLogDisk: (real) => {
      const disk = watchDisk(real);
      disk.breakWith('sync', new Error('the disk is gone'));
      return disk;
    },
  });
  const { status, headers, body } = await gateway.call(askService, consumer, { pin });
  t.equal(status, 503);
  t.equal(body.code, 'log-unavailable');
  t.equal(headers.get('x-road-error'), 'Server.ServerProxy.LoggingFailed');
  t.notOk(JSON.stringify(body).includes('Nguyễn'), 'the answer is withheld');
  t.equal((await fetch(`${gateway.url}/health/ready`)).status, 503, 'the process is not ready any more');
  met.add('log-unavailable');
});

t.test('role-not-allowed', async (t) => {
  const gateway = await startTroubledGateway(t);
  const authorization = `Bearer ${await gateway.token(`VN/GOV/${consumer}`)}`;
  const reply = await fetch(`${gateway.url}/log/tile/entries/000`, { headers: { authorization } }).then(readReply);
  t.equal(reply.status, 403);
  t.equal(reply.body.code, 'role-not-allowed');
  met.add('role-not-allowed');
});

t.test('parameter-invalid and index-unavailable', async (t) => {
  const { gateway, url } = await startTroubledGateway(t);
  const scopes = ['exchanges'] as const;
  const token = await gateway.issueToken({ id: 'auditor-1', role: 'auditor', scopes, lifetimeSeconds: 60 });
  const look = (query: string) =>
    fetch(`${url}/v1/audit/exchanges${query}`, { headers: { authorization: `Bearer ${token}` } }).then(readReply);
  const invalid = await look('?limit=0');
  t.equal(invalid.status, 400);
  t.equal(invalid.body.code, 'parameter-invalid');
  t.match(invalid.body.errors, [{ pointer: '/limit', rule: 'range', message: /from 1 to \d+/ }]);
  met.add('parameter-invalid');
  const unavailable = await look('');
  t.equal(unavailable.status, 503);
  t.equal(unavailable.body.code, 'index-unavailable');
  t.match(unavailable.headers.get('retry-after'), /^\d+$/);
  met.add('index-unavailable');
});

t.test('delivery-unavailable', async (t) => {
  const gateway = await startTroubledGateway(t);
  const headers = { authorization: `Bearer ${await gateway.token(`VN/GOV/${consumer}`)}` };
  const place = `${gateway.url}/v1/exchanges/01890a5d-ac96-774b-bcce-b302099a8057`;
  const reply = await fetch(place, { headers }).then(readReply);
  t.match(reply, { status: 503, body: { code: 'delivery-unavailable' } });
  t.match(reply.headers.get('retry-after'), /^\d+$/);
  met.add('delivery-unavailable');
});

t.test('result-too-large', async (t) => {
  const audit = await startAuditGateway(t, { settings: { index: { summaryRowsMax: 1 } } });
  await makeExchanges(audit);
  const { status, body } = await audit.get('/v1/audit/statistics', await audit.auditor());
  t.equal(status, 422);
  t.equal(body.code, 'result-too-large');
  met.add('result-too-large');
});

t.test('checkpoint-pending', async (t) => {
  const settings = { exchangeLog: { checkpointIntervalMs: 60_000 }, receipts: { checkpointWaitMs: 50 } };
  const gateway = await startTroubledGateway(t, { settings });
  await gateway.call(askService, consumer, { pin });
  await sleep(500);
  // The first exchange after a quiet time is covered at once, the second one after the interval.
  const { headers } = await gateway.call(askService, consumer, { pin });
  const authorization = `Bearer ${await gateway.token(`VN/GOV/${consumer}`)}`;
  const address = `${gateway.url}/v1/exchanges/${headers.get('exchange-id')}/receipt`;
  const reply = await fetch(address, { headers: { authorization } }).then(readReply);
  t.equal(reply.status, 503);
  t.equal(reply.body.code, 'checkpoint-pending');
  t.equal(reply.headers.get('retry-after'), '1');
  met.add('checkpoint-pending');
});

t.test('witnesses-missing', async (t) => {
  const { vkey } = await startTestWitness(t, { folder: path.join(t.testdir({}), 'witness'), logs: [] });
  const witnesses = {
    list: [{ url: 'http://127.0.0.1:9', key: vkey }],
    wanted: 1,
    without: 'refuse',
    timeoutMs: 1000,
    graceMs: 1,
    backoffMs: 1000,
    backoffMsMax: 1000,
    answerBytesMax: 4096,
    clockSkewMsMax: 60_000,
  };
  const gateway = await startTroubledGateway(t, { settings: { exchangeLog: { witnesses } } });
  t.equal((await gateway.call(askService, consumer, { pin })).status, 200);
  const { status, headers, body } = await eventually(async () => {
    const reply = await gateway.call(askService, consumer, { pin });
    return reply.status === 503 ? reply : undefined;
  });
  t.equal(status, 503);
  t.equal(body.code, 'witnesses-missing');
  t.equal(headers.get('x-road-error'), 'Server.ServerProxy.LoggingFailed');
  t.notOk(JSON.stringify(body).includes('Nguyễn'), 'the answer is withheld');
  met.add('witnesses-missing');
});

t.test('evidence-erased', async (t) => {
  const evidence = evidenceSettings(await makeAuditor(t.testdir({}), 'auditor-1'), [`VN/GOV/${askService}`]);
  const gateway = await startTroubledGateway(t, { settings: { evidence } });
  const { headers } = await gateway.call(askService, consumer, { pin });
  const bearer = async (id: string, role: 'auditor' | 'operator') => ({
    authorization: `Bearer ${await gateway.gateway.issueToken({ id, role, lifetimeSeconds: 60, ...scopesOf(role) })}`,
  });
  const erased = await fetch(`${gateway.url}/v1/admin/subjects/erase-key`, {
    method: 'POST',
    headers: { ...(await bearer('operator-1', 'operator')), 'content-type': 'application/json' },
    body: JSON.stringify({ pin, reason: 'subject-request' }),
  });
  t.equal(erased.status, 204);
  const address = `${gateway.url}/v1/audit/exchanges/${headers.get('exchange-id')}/evidence`;
  const reply = await fetch(address, { headers: await bearer('auditor-1', 'auditor') }).then(readReply);
  t.equal(reply.status, 410);
  t.equal(reply.body.code, 'evidence-erased');
  met.add('evidence-erased');
});

t.test('internal-error', async (t) => {
  const gateway = await startTroubledGateway(t);
  const { status, body } = await gateway.call(brokenService, consumer, { pin });
  t.equal(status, 500);
  t.equal(body.code, 'internal-error');
  t.notOk(JSON.stringify(body).includes('a bug'), 'internals do not leak');
  t.match(await gateway.entries(), [{ problem: 'internal-error', status: 500 }]);
  met.add('internal-error');
});

t.test('a message in another charset or coding is not read as if it were UTF-8', async (t) => {
  const gateway = await startTroubledGateway(t);
  const ask = (headers: Record<string, string>) => gateway.call(askService, consumer, { pin }, headers);
  for (const charset of ['utf-8', 'UTF-8', '"utf8"']) {
    t.equal((await ask({ 'content-type': `application/json; charset=${charset}` })).status, 200, charset);
  }
  for (const charset of ['latin1', 'utf-16', '"windows-1258"']) {
    t.equal((await ask({ 'content-type': `application/json;charset=${charset}` })).status, 415, charset);
  }
  t.equal((await ask({ 'content-encoding': 'gzip' })).status, 415);
});

t.test('no problem is without its test', async (t) => {
  t.same(
    [...met, ...metByPushes, ...metByEvents, ...metInBulk, ...metByOverload].sort(),
    Object.keys(problemKinds).sort(),
  );
});

const scopesOf = (role: 'auditor' | 'operator') => (role === 'auditor' ? { scopes: ['evidence' as const] } : {});

/** A call without a token whose connection comes from another loopback address. */
function callFrom(localAddress: string, { url }: TestGateway, client: string): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      `${url}/r1/VN/GOV/${askService}/v1`,
      { method: 'POST', localAddress, headers: { 'x-road-client': client, 'content-type': 'application/json' } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          resolve({
            status: response.statusCode ?? 0,
            headers: new Headers(
              Object.entries(response.headers).map(([name, value]): [string, string] => [name, String(value)]),
            ),
            text,
            body: JSON.parse(text),
          });
        });
      },
    );
    request.on('error', reject);
    request.end(JSON.stringify({ pin }));
  });
}
