/** The name server of one registry never answers: the gateway's other registries are asked, over new connections too, within their usual time. */

import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { samplePopulation } from '../../adapters/sample-people/index.ts';
import { seed } from '../../adapters/social-affairs/seed.ts';
import { createTokensOf, type GatewaySetup } from '../support/gateway.ts';
import { createPlace, type Place, serve } from '../support/gateway-process.ts';
import { hangNames } from '../support/hung-names.ts';
import { startMariaDb } from '../support/servers.ts';

t.setTimeout(180_000);

const consumer = 'VN/GOV/G07/social-protection';
const services = {
  population: 'VN/GOV/G01/population/get-person',
  affairs: 'VN/GOV/G07/social-protection/get-meritorious-status',
};
const agreements = Object.entries(services).map(([id, service]) => ({
  id,
  consumer,
  service,
  purposes: ['test'],
  legalBasis: 'Test decree',
  fields: 'basic',
  validFrom: '2020-01-01',
  validUntil: '2999-12-31',
  quota: { requestsPerSecond: 10_000, burst: 10_000 },
}));
const pins = samplePopulation().people.map(({ pin }) => pin);
/** A look-up that waits for another one's end would take seconds. */
const usualMsMax = 1000;
const rounds = 4;
const pauseMs = 2500;

const maria = await startMariaDb(t);
await seed({ url: maria.url, connectTimeoutMs: 20_000 });
const names = await hangNames(t, ['affairs.registry.test']);
const named = new URL(maria.url);
named.hostname = 'affairs.registry.test';
const registries = [
  {
    adapter: 'population',
    source: { url: 'postgres://persons.ministry.test/persons', poolMax: 8, connectTimeoutMs: 2000 },
  },
  { adapter: 'social-affairs', source: { url: named.href, poolMax: 64, connectTimeoutMs: 2000 } },
];

const env = { ...process.env, UV_THREADPOOL_SIZE: undefined };

t.test('one name hangs', (t) => demandOthersWell(t, {}));

t.test('of two workers, the state database’s and the collector’s hang as well, from the start', (t) => {
  const settings = {
    workers: { count: 2 },
    state: { database: { url: 'postgres://state.ministry.test/state' } },
    telemetry: { otlp: { url: 'http://collector.ministry.test:4318', sampleRatio: 1, traceIntervalMs: 100 } },
  };
  return demandOthersWell(t, { settings });
});

async function demandOthersWell(t: Test, setup: GatewaySetup): Promise<void> {
  const place = await createPlace(t, { registries, agreements, ...setup });
  const { child, lines } = await serve(t, place, (rest) => names.command([process.execPath, ...rest]), env);
  const token = await createTokensOf(place.data)(consumer);
  const before = names.heard();
  const next = pins.values();
  const outcomes = new Set<string>();
  const asking: Promise<unknown>[] = [];
  const flood = setInterval(() => {
    const { population } = services;
    asking.push(ask(place, token, population, next.next().value).then(({ outcome }) => outcomes.add(outcome)));
  }, 100);
  t.teardown(() => clearInterval(flood));

  for (let round = 1; round <= rounds; round += 1) {
    // More at once than before, so that some need connections of their own.
    const together = Array.from({ length: 4 * round }, () => ask(place, token, services.affairs, next.next().value));
    const replies = await Promise.all(together);
    t.same(new Set(replies.map(({ outcome }) => outcome)), new Set(['200']));
    const slowestMs = Math.max(...replies.map(({ ms }) => ms));
    t.ok(slowestMs < usualMsMax, `round ${round}: ${together.length} answered within ${slowestMs} ms`);
    await sleep(pauseMs);
  }
  clearInterval(flood);
  await Promise.all(asking);
  for (const outcome of outcomes) t.match(outcome, /^503 (registry-unavailable|circuit-open|registry-busy)$/);
  t.ok(names.heard() > before, 'the name server was asked');
  t.ok(lines.some((line) => line.includes('persons.ministry.test') && line.includes('EAI_AGAIN')));
  child.kill('SIGTERM');
  await once(child, 'exit');
}

async function ask(
  { url }: Place,
  token: string,
  service: string,
  pin: string | undefined,
): Promise<{ readonly outcome: string; readonly ms: number }> {
  const startedMs = performance.now();
  const reply = await fetch(`${url}/r1/${service}/v1`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-road-client': consumer, authorization: `Bearer ${token}` },
    body: JSON.stringify({ pin }),
  });
  const { code } = (await reply.json()) as { readonly code?: string };
  const outcome = [reply.status, ...(reply.status === 200 ? [] : [code])].join(' ');
  return { outcome, ms: Math.round(performance.now() - startedMs) };
}
