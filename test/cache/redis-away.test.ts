/** While Redis is away, and when it comes back empty, memory serves what nobody can have outdated, and registries are spared. */

import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { Problem } from '../../src/problems.ts';
import { countedLoad } from '../contracts/cache.ts';
import { createSettableClock, type SettableClock } from '../support/clock-fixture.ts';
import { eventually } from '../support/eventually.ts';
import { startLoopbackProxy } from '../support/loopback-proxy.ts';
import { startRedis, type Teardown, type TestServer } from '../support/servers.ts';
import { shippedService } from '../support/service-fixture.ts';
import { type CacheOptions, newPrefix, type OpenCache, openCache } from '../support/shared-cache-fixture.ts';

t.setTimeout(120_000);
const redis = await startRedis(t);
const service = shippedService('get-person', { cacheTtlMs: 30_000, staleIfErrorMs: 60_000 });
const { signal } = new AbortController();
const people = Array.from({ length: 30 }, (_one, n) => ({ pin: `0991900001${n + 10}` }));
const person = people[0] as (typeof people)[0];
/** After it Redis is asked. */
const lagMs = 5000;
const unavailable = () => Promise.reject(new Problem('registry-unavailable', 'down'));
const personOf = (name: string) => async () => ({ found: true, person: { fullName: name } });
const after = () => countedLoad(personOf('after'));

const ask = async ({ cache }: OpenCache, load = countedLoad(), question = person, asked = service) =>
  cache.through(asked, question, () => signal, load.load);
const askAll = (gateway: OpenCache, load = countedLoad()) =>
  Promise.all(people.map((question) => ask(gateway, load, question)));

interface Pair {
  readonly one: OpenCache;
  readonly other: OpenCache;
  readonly clock: SettableClock;
}

async function openPair(t: Teardown, options: CacheOptions = {}): Promise<Pair> {
  const [prefix, clock] = [newPrefix(), createSettableClock()];
  const open = (more: CacheOptions) => openCache(t, prefix, { url: redis.url, clock, ...more });
  return { one: await open({}), other: await open(options), clock };
}

async function comeBack(server: TestServer, ...gateways: OpenCache[]): Promise<void> {
  await server.start();
  await eventually(() => gateways.every(({ link }) => link.isUp()));
}

async function goAway(server: TestServer, ...gateways: OpenCache[]): Promise<void> {
  await server.crash();
  await eventually(() => gateways.every(({ link }) => !link.isUp()));
}

t.test('a Redis that comes back empty is filled from memory: no registry is asked', async (t) => {
  const { one, other, clock } = await openPair(t);
  const counted = countedLoad();
  await askAll(one, counted);
  await goAway(redis, one, other);
  await comeBack(redis, one, other);
  clock.advance(lagMs);
  for (const answer of await askAll(one, counted)) t.match(answer, { source: 'cache', level: 'memory' });
  for (const answer of await askAll(other, counted)) t.match(answer, { source: 'cache', level: 'redis' });
  t.equal(counted.runs, people.length);
  t.equal(one.events.filter((event) => event === 'resown').length, people.length);
});

t.test('what was loaded while it was away is not loaded again when it is back', async (t) => {
  const { one, other, clock } = await openPair(t);
  await goAway(redis, one, other);
  const counted = countedLoad();
  await askAll(one, counted);
  await comeBack(redis, one, other);
  clock.advance(lagMs);
  for (const answer of await askAll(one, counted)) t.match(answer, { source: 'cache', level: 'memory' });
  t.equal(counted.runs, people.length);
});

t.test('a stale answer stands in for a registry in trouble also after Redis came back empty', async (t) => {
  const { one, other, clock } = await openPair(t);
  await ask(one);
  await goAway(redis, one, other);
  await comeBack(redis, one, other);
  clock.advance(lagMs);
  t.match(await ask(one, countedLoad(unavailable)), { source: 'cache' });
  await goAway(redis, one, other);
  await comeBack(redis, one, other);
  clock.advance(40_000);
  for (let times = 0; times < 3; times += 1)
    t.match(await ask(one, countedLoad(unavailable)), { source: 'stale', level: 'memory' });
});

t.test(
  'while Redis is away answers live on, and are loaded anew behind replies at the rate of their service',
  async (t) => {
    const { one, other, clock } = await openPair(t);
    await askAll(one);
    await goAway(redis, one, other);
    const counted = countedLoad(personOf('new'));
    for (let second = 0; second < 10; second += 1) {
      clock.advance(1000);
      for (const answer of await askAll(one, counted)) t.match(answer, { source: 'cache', level: 'memory' });
      await sleep(5);
    }
    t.ok(counted.runs >= 3 && counted.runs <= 10, `${counted.runs} loads for the sake of confirmation`);
    clock.advance(lagMs);
    t.match(await ask(one, countedLoad(unavailable)), { source: 'cache' }, 'one that cannot be loaded is kept');
    await comeBack(redis, one, other);
  },
);

t.test('and no longer than their bound', async (t) => {
  const [prefix, clock] = [newPrefix(), createSettableClock()];
  const one = await openCache(t, prefix, { url: redis.url, clock, settings: { unconfirmedMsMax: 24_000 } });
  await ask(one);
  await goAway(redis, one);
  clock.advance(6000);
  t.match(await ask(one, countedLoad(unavailable)), { source: 'cache' });
  clock.advance(18_000);
  t.match(await ask(one, after()), { source: 'registry' });
  await comeBack(redis, one);
  await ask(one, after());
  await goAway(redis, one);
  clock.advance(24_000);
  await comeBack(redis, one);
  t.match(await ask(one, after()), { source: 'registry' }, 'nor are they put back into Redis after it');
});

t.test('who was forgotten while Redis was away is put back by nobody', async (t) => {
  const { one, other, clock } = await openPair(t);
  for (const gateway of [one, other]) await ask(gateway);
  await goAway(redis, one, other);
  await one.cache.forget([person.pin]);
  t.match(await ask(other), { source: 'cache' }, 'nobody can have told it');
  await comeBack(redis, one, other);
  await sleep(50);
  clock.advance(lagMs);
  t.match(await ask(other, after()), { answer: { person: { fullName: 'after' } }, source: 'registry' });
});

t.test('nor who was forgotten unheard, just before it lost everything', async (t) => {
  const proxy = await startLoopbackProxy(t, redis.url);
  const { one, other, clock } = await openPair(t, { url: proxy.url });
  for (const gateway of [one, other]) await ask(gateway);
  proxy.deafen('subscribe');
  await one.cache.forget([person.pin]);
  t.match(await ask(other), { source: 'cache' });
  await goAway(redis, one, other);
  clock.advance(lagMs);
  await comeBack(redis, one, other);
  await sleep(50);
  t.match(await ask(other, after()), { source: 'registry' });
});

t.test('nor where that was long ago when Redis is back', async (t) => {
  const proxy = await startLoopbackProxy(t, redis.url);
  const { one, other, clock } = await openPair(t, { url: proxy.url, settings: { invalidationLagMsMax: 20_000 } });
  const lasting = { ...service, cacheTtlMs: 300_000 };
  for (const gateway of [one, other]) await ask(gateway, countedLoad(), person, lasting);
  proxy.deafen('subscribe');
  await one.cache.forget([person.pin]);
  clock.advance(19_000);
  // It reaches Redis, and takes itself to hear.
  await ask(other, countedLoad(), people[1]);
  await goAway(redis, one, other);
  clock.advance(45_000);
  await one.cache.forget([(people[2] as typeof person).pin]);
  await comeBack(redis, one, other);
  await sleep(50);
  t.match(await ask(other, after(), person, lasting), { source: 'registry' });
});

t.test('nor who was forgotten while only one gateway was cut off', async (t) => {
  const proxy = await startLoopbackProxy(t, redis.url);
  const { one, other, clock } = await openPair(t, { url: proxy.url });
  for (const gateway of [one, other]) await ask(gateway);
  await proxy.down();
  await eventually(() => !other.link.isUp());
  await one.cache.forget([person.pin]);
  clock.advance(lagMs);
  t.match(await ask(other, countedLoad(unavailable)), { source: 'cache' });
  await proxy.up();
  await eventually(() => other.link.isUp());
  clock.advance(lagMs);
  await t.rejects(ask(other, countedLoad(unavailable)), { code: 'registry-unavailable' }, 'not even as stale');
  t.match(await ask(other, after()), { source: 'registry' });
});

t.test('nor anybody where a gateway could not tell whom it forgot, and the message is missed', async (t) => {
  const proxy = await startLoopbackProxy(t, redis.url);
  const { one, other } = await openPair(t, { url: proxy.url });
  await askAll(other);
  await proxy.down();
  await goAway(redis, one, other);
  await redis.start();
  const owing = await openCache(t, one.link.keyPrefix, { url: redis.url, owed: { isSet: true } });
  await proxy.up();
  await eventually(() => other.link.isUp());
  t.match(await ask(other, after()), { source: 'registry' });
  await owing.link.close();
});
