/** Second attempts, at a real HTTP server and a real database: only where they are safe, within the budget, and never many. */

import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import t, { type Test } from 'tap';
import { httpSource } from '../../src/adapter-kit/http-source.ts';
import { sqlSource } from '../../src/adapter-kit/sql-source.ts';
import type { Registry, ServiceHandler } from '../../src/adapter-kit/types.ts';
import { type AttemptSettings, createAttempts } from '../../src/breaker/attempts.ts';
import { createBreakers } from '../../src/breaker/breakers.ts';
import { createRegistries } from '../../src/catalogue/registries.ts';
import type { QueryService } from '../../src/exchange/services.ts';
import type { Message } from '../../src/exchange/types.ts';
import { Problem } from '../../src/problems.ts';
import { eventually } from '../support/eventually.ts';
import { startPostgres } from '../support/servers.ts';
import { shippedService } from '../support/service-fixture.ts';

const settings: AttemptSettings = { percentMax: 10, burst: 3, retriesMax: 1, backoffMs: 4 };
const breaker = { errorThresholdPercent: 100, volumeThreshold: 1000, windowMs: 10_000, resetMs: 100 };
const here = new AbortController().signal;
const message = { question: {}, value: {}, exchangeId: 'x' } as unknown as Message;

type Reply = (response: ServerResponse, request: IncomingMessage) => void;

const answers: Reply = (response) => {
  response.setHeader('content-type', 'application/json');
  response.end('{"found":false}');
};
const resets: Reply = (_response, request) => void request.socket.destroy();
const refuses =
  (status: number): Reply =>
  (response) => {
    response.statusCode = status;
    response.end();
  };
const silent: Reply = () => undefined;
const afterMs =
  (ms: number, reply: Reply): Reply =>
  async (response, request) => {
    await sleep(ms);
    reply(response, request);
  };

t.test('a connection that is lost before an answer is followed by one more attempt', async (t) => {
  const place = await stand(t, resets, answers);
  t.same(await place.ask(), { found: false });
  t.same(place.seen(), [2, 'retry answered']);
});

t.test('a retry that is lost, too, is the call’s failure', async (t) => {
  const place = await stand(t, resets, resets, answers);
  t.equal(await place.ask(), 'registry-unavailable');
  t.same(place.seen(), [2, 'retry failed']);
});

for (const [what, reply, code] of [
  ['says that it is down', refuses(503), 'registry-unavailable'],
  ['fails', refuses(500), 'registry-failed'],
  ['is silent', silent, 'registry-timeout'],
] as const) {
  t.test(`a registry that ${what} is not asked again`, async (t) => {
    const place = await stand(t, reply, answers);
    t.equal(await place.ask({ timeoutMs: 100 }), code);
    t.same(place.seen(), [1]);
  });
}

t.test('there is no retry that the budget would not outlast', async (t) => {
  const place = await stand(t, afterMs(60, resets), answers);
  place.settings.backoffMs = 200;
  t.equal(await place.ask({ timeoutMs: 150 }), 'registry-unavailable');
  t.same(place.seen(), [1]);
});

t.test('the trial call of a half-open circuit stays one', async (t) => {
  const place = await stand(t, ...Array(5).fill(resets), answers);
  const policy = { breaker: { ...breaker, volumeThreshold: 1, resetMs: 30 } };
  t.equal(await place.ask(policy), 'registry-unavailable');
  t.equal(await place.ask(policy), 'circuit-open');
  t.same(place.seen(), [2, 'retry failed']);
  await sleep(40);
  t.equal(await place.ask(policy), 'registry-unavailable');
  t.same(place.seen(), [3, 'retry failed']);
});

t.test('second attempts are a share of the calls, after a few at once', async (t) => {
  const place = await stand(t, ...Array(200).fill(resets));
  for (let index = 0; index < 100; index += 1) await place.ask();
  const [attempts, ...outcomes] = place.seen();
  // Three in the full bucket, and one for each ten of the calls that follow the first.
  const seconds = 3 + 9;
  t.equal(attempts, 100 + seconds);
  t.equal(outcomes.filter((outcome) => outcome === 'retry withheld').length, 100 - seconds);
});

t.test('a caller that hangs up in the pause is not retried for', async (t) => {
  const place = await stand(t, resets, answers);
  place.settings.backoffMs = 300;
  const caller = new AbortController();
  const asked = place.ask({}, caller.signal);
  await sleep(100);
  caller.abort();
  t.equal(await asked, 'client-disconnected');
  await sleep(250);
  t.same(place.seen(), [1]);
});

t.test('a slow attempt is followed by one more, whose answer is given, and is aborted', async (t) => {
  const place = await stand(t, silent, answers);
  t.same(await place.ask({ hedgeAfterMs: 30 }), { found: false });
  t.same(place.seen(), [2, 'hedge answered']);
  await eventually(() => place.cut() === 1);
  t.equal(place.breakers.takePlace(place.service({}))?.(), undefined, 'no place is kept');
});

t.test('there is one hedge, and the first may still be quicker', async (t) => {
  const place = await stand(t, afterMs(120, answers), silent, answers);
  t.same(await place.ask({ hedgeAfterMs: 20 }), { found: false });
  await eventually(() => place.seen().length === 2);
  t.same(place.seen(), [2, 'hedge given-up']);
});

t.test('a call is hedged once, its retries included', async (t) => {
  const lost = afterMs(80, resets);
  const place = await stand(t, lost, lost, lost, answers);
  Object.assign(place.settings, { retriesMax: 2 });
  t.same(await place.ask({ hedgeAfterMs: 20 }), { found: false });
  t.same(place.seen(), [4, 'hedge failed', 'retry failed', 'retry answered']);
});

t.test('a quick answer is asked for once', async (t) => {
  const place = await stand(t, answers, answers);
  t.same(await place.ask({ hedgeAfterMs: 40 }), { found: false });
  await sleep(60);
  t.same(place.seen(), [1]);
});

t.test('a hedge waits for no place at the registry', async (t) => {
  const place = await stand(t, afterMs(80, answers), answers);
  t.same(await place.ask({ hedgeAfterMs: 20, registryConcurrencyMax: 1 }), { found: false });
  t.same(place.seen(), [1, 'hedge withheld']);
});

t.test('where both attempts fail, what failed first is told', async (t) => {
  const place = await stand(t, afterMs(60, refuses(500)), refuses(503));
  t.equal(await place.ask({ hedgeAfterMs: 20 }), 'registry-unavailable');
  t.same(place.seen(), [2, 'hedge failed']);
});

t.test('the budget ends both attempts', async (t) => {
  const place = await stand(t, silent, silent);
  t.equal(await place.ask({ hedgeAfterMs: 20, timeoutMs: 100 }), 'registry-timeout');
  await eventually(() => place.cut() === 2);
  t.same(place.seen(), [2, 'hedge given-up']);
});

t.test('a statement whose session the database ends is run again', async (t) => {
  const server = await startPostgres(t);
  const folder = await mkdtemp(join(tmpdir(), 'attempts-'));
  t.teardown(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'slow.sql'), 'SELECT pg_sleep(0.2)::text AS slept');
  await writeFile(
    join(folder, 'end.sql'),
    "SELECT pg_terminate_backend(pid) AS ended FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%pg_sleep%' AND pid <> pg_backend_pid()",
  );
  const source = sqlSource({ url: server.url, poolMax: 2, connectTimeoutMs: 2000 }, pathToFileURL(`${folder}/`));
  t.teardown(() => source.close());
  const place = attemptsAt(t, (_question, { signal }) => source.query('slow', {}, signal));
  const asked = place.ask({ timeoutMs: 10_000 });
  await eventually(async () => (await source.query('end', {})).length === 1);
  t.same(await asked, [{ slept: '' }]);
  t.same(place.outcomes, ['retry answered']);
});

/** A registry's HTTP server that replies as told, one reply after the other, behind breakers as the gateway has them. */
async function stand(t: Test, ...replies: Reply[]) {
  let attempts = 0;
  let cut = 0;
  const server = createServer((request, response) => {
    const reply = replies[attempts] ?? answers;
    attempts += 1;
    response.once('close', () => {
      if (!response.writableFinished) cut += 1;
    });
    reply(response, request);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const source = httpSource({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connectTimeoutMs: 1000,
    headersTimeoutMs: 5000,
    bodyTimeoutMs: 5000,
    connectionsMax: 8,
    answerBytesMax: 1000,
  });
  t.teardown(async () => {
    server.closeAllConnections();
    server.close();
    await source.close();
  });
  const place = attemptsAt(t, async (_question, { signal }) => {
    const { body } = await source.request({ method: 'POST', path: '/', body: {}, signal });
    return body;
  });
  return { ...place, seen: () => [attempts, ...place.outcomes], cut: () => cut };
}

function attemptsAt(t: Test, handler: ServiceHandler) {
  const breakers = createBreakers({ interactiveTurns: 4 }, () => undefined);
  t.teardown(() => breakers.close());
  const outcomes: string[] = [];
  const registry: Registry = {
    services: { 'get-person.v1': handler },
    check: async () => undefined,
    close: async () => undefined,
  };
  const own = { ...settings };
  const attempts = createAttempts(createRegistries(new Map([['population', registry]])), {
    settings: own,
    stateOf: breakers.stateOf,
    takePlace: breakers.takePlace,
    random: () => 0.5,
    rest: (ms, signal) => sleep(ms, undefined, { signal }).catch(() => undefined),
    observer: { secondAttempt: (_registry, kind, outcome) => void outcomes.push(`${kind} ${outcome}`) },
  });
  const service = (changes: Partial<QueryService>) =>
    shippedService('get-person', { timeoutMs: 2000, breaker, registryQueueMax: 0, ...changes });
  const ask = (changes: Partial<QueryService> = {}, signal: AbortSignal = here): Promise<unknown> => {
    const called = service(changes);
    return breakers
      .run(called, signal, (budget) => attempts.call(called, message, budget))
      .catch((error: unknown) => (error instanceof Problem ? error.code : error));
  };
  return { ask, service, breakers, outcomes, settings: own };
}
