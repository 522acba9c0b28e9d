/** The cache in memory keeps the contract, and its own promises about clocks and memory. */

import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { createMemoryCache } from '../../src/cache/memory-cache.ts';
import { Problem } from '../../src/problems.ts';
import { cacheContract, countedLoad } from '../contracts/cache.ts';
import { createSettableClock } from '../support/clock-fixture.ts';
import { shippedService } from '../support/service-fixture.ts';

const service = shippedService('get-person', { cacheTtlMs: 1000, staleIfErrorMs: 10_000 });
const here = () => new AbortController().signal;

t.test('the contract', async (t) => {
  cacheContract(t, async () => {
    const clock = createSettableClock();
    return { cache: createMemoryCache({ entriesMax: 100, bytesMax: 100_000 }, clock), passMs: clock.advance };
  });
});

t.test('an answer from the future, for the clock was set back, is not believed to be fresh', async (t) => {
  const clock = createSettableClock();
  const cache = createMemoryCache({ entriesMax: 10, bytesMax: 10_000 }, clock);
  const counted = countedLoad();
  await cache.through(service, { pin: '1' }, here, counted.load);
  clock.advance(-500);
  t.match(await cache.through(service, { pin: '1' }, here, counted.load), { source: 'registry', ageMs: 0 });
  clock.advance(500);
  t.match(await cache.through(service, { pin: '1' }, here, counted.load), { source: 'cache', ageMs: 500 });
  clock.advance(-600);
  const unavailable = new Problem('registry-unavailable', 'down');
  await t.rejects(
    async () => cache.through(service, { pin: '1' }, here, () => Promise.reject(unavailable)),
    unavailable,
  );
});

t.test('freshness and staleness end at their millisecond', async (t) => {
  const clock = createSettableClock();
  const cache = createMemoryCache({ entriesMax: 10, bytesMax: 10_000 }, clock);
  const failing = () => Promise.reject(new Problem('registry-unavailable', 'down'));
  await cache.through(service, { pin: '1' }, here, countedLoad().load);
  clock.advance(999);
  t.match(await cache.through(service, { pin: '1' }, here, failing), { source: 'cache', ageMs: 999 });
  clock.advance(1);
  t.match(await cache.through(service, { pin: '1' }, here, failing), { source: 'stale', ageMs: 1000 });
  clock.advance(9999);
  t.match(await cache.through(service, { pin: '1' }, here, failing), { source: 'stale', ageMs: 10_999 });
  clock.advance(1);
  await t.rejects(async () => cache.through(service, { pin: '1' }, here, failing), { code: 'registry-unavailable' });
});

t.test('the age of an answer counts from when it came, not from when it was asked for', async (t) => {
  const clock = createSettableClock();
  const cache = createMemoryCache({ entriesMax: 10, bytesMax: 10_000 }, clock);
  const slow = countedLoad(async () => {
    clock.advance(800);
    return { found: false };
  });
  await cache.through(service, { pin: '1' }, here, slow.load);
  clock.advance(300);
  t.match(await cache.through(service, { pin: '1' }, here, slow.load), { source: 'cache', ageMs: 300 });
});

t.test('no more answers are kept than there is room for', async (t) => {
  const pins = ['1', '2', '3'];
  for (const settings of [
    { entriesMax: 2, bytesMax: 10_000 },
    { entriesMax: 100, bytesMax: 900 },
  ]) {
    const cache = createMemoryCache(settings, createSettableClock());
    const counted = countedLoad(async () => ({ found: true, person: { nativePlace: 'Đ'.repeat(50) } }));
    for (const pin of pins) await cache.through(service, { pin }, here, counted.load);
    t.match(await cache.through(service, { pin: '3' }, here, counted.load), { source: 'cache' });
    t.match(await cache.through(service, { pin: '1' }, here, counted.load), { source: 'registry' });
  }
});

t.test('an answer larger than all the room is given and not kept', async (t) => {
  const cache = createMemoryCache({ entriesMax: 10, bytesMax: 50 }, createSettableClock());
  const counted = countedLoad(async () => ({ found: true, person: { nativePlace: 'x'.repeat(100) } }));
  for (const source of ['registry', 'registry']) {
    t.match(await cache.through(service, { pin: '1' }, here, counted.load), { source });
  }
});

t.test('an answer says why and how its registry was asked', async (t) => {
  const clock = createSettableClock();
  const cache = createMemoryCache({ entriesMax: 10, bytesMax: 10_000 }, clock);
  const asked = () => countedLoad(() => sleep(10, { found: true, person: { fullName: 'Hòa' } })).load;
  const both = [1, 2].map(() => cache.through(service, { pin: '1' }, here, asked()));
  t.match(await both[0], { forwarded: { because: 'miss', isStored: true, isCollapsed: false } });
  t.match(await both[1], { forwarded: { because: 'miss', isStored: true, isCollapsed: true } });
  t.equal((await cache.through(service, { pin: '1' }, here, asked())).forwarded, undefined, 'a hit');
  clock.advance(1000);
  t.match(await cache.through(service, { pin: '1' }, here, asked()), { forwarded: { because: 'stale' } });
  const uncached = { ...service, cacheTtlMs: 0, staleIfErrorMs: 0 };
  const bypassed = await cache.through(uncached, { pin: '2' }, here, asked());
  t.match(bypassed, { forwarded: { because: 'bypass', isStored: false } });
  const forgotten = cache.through(service, { pin: '3' }, here, asked());
  cache.forget(['3']);
  t.match(await forgotten, { forwarded: { isStored: false } });
});

t.test('a stale answer says whether the registry was asked', async (t) => {
  const clock = createSettableClock();
  const cache = createMemoryCache({ entriesMax: 10, bytesMax: 10_000 }, clock);
  await cache.through(service, { pin: '1' }, here, countedLoad().load);
  clock.advance(1000);
  const stale = (error: Problem) => cache.through(service, { pin: '1' }, here, () => Promise.reject(error));
  t.match(await stale(new Problem('registry-unavailable', 'down')), {
    source: 'stale',
    forwarded: { because: 'stale', isStored: false },
  });
  t.equal((await stale(new Problem('circuit-open', 'paused'))).forwarded, undefined);
});
