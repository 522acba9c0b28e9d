/** The quota in memory keeps the contract, and its own promises about clocks and memory. */

import t from 'tap';
import { createMemoryQuota } from '../../src/quota/memory-quota.ts';
import { grantOf, quotaContract } from '../contracts/quota.ts';
import { createSettableClock } from '../support/clock-fixture.ts';
import { createRandom } from '../support/random-fixture.ts';

t.test('the contract', async (t) => {
  quotaContract(t, async () => {
    const clock = createSettableClock();
    return { quota: createMemoryQuota({ bucketsMax: 100 }, clock), passMs: clock.advance };
  });
});

t.test('a clock set back takes nothing away and gives nothing', async (t) => {
  const clock = createSettableClock();
  const quota = createMemoryQuota({ bucketsMax: 10 }, clock);
  const grant = grantOf('a', 2, 1);
  await quota.charge(grant);
  clock.advance(-3_600_000);
  t.match(await quota.charge(grant), { granted: true, remaining: 0 });
  t.match(await quota.charge(grant), { granted: false, retryAfterSeconds: 1 });
  clock.advance(1000);
  t.match(await quota.charge(grant), { granted: true }, 'time counts from where the clock stands');
});

t.test('only so many buckets are kept; one that was pushed out starts full', async (t) => {
  const quota = createMemoryQuota({ bucketsMax: 2 }, createSettableClock());
  for (const id of ['a', 'b', 'c']) await quota.charge(grantOf(id, 1, 0.001));
  t.match(await quota.charge(grantOf('c', 1, 0.001)), { granted: false });
  t.match(await quota.charge(grantOf('a', 1, 0.001)), { granted: true });
});

t.test('at random times, no period sees more than the burst and what the rate adds', async (t) => {
  for (let seed = 0; seed < 200; seed += 1) {
    const random = createRandom(seed);
    const clock = createSettableClock();
    const quota = createMemoryQuota({ bucketsMax: 10 }, clock);
    const burst = 1 + random.below(5);
    const requestsPerSecond = random.pick([0.1, 0.3, 1 / 3, 0.7, 1, 3, 7.77, 50]);
    const grantedAtMs: number[] = [];
    for (let request = 0; request < 200; request += 1) {
      clock.advance(random.below(random.pick([1, 50, 1500])));
      if ((await quota.charge(grantOf('a', burst, requestsPerSecond))).granted) grantedAtMs.push(clock.nowMs());
    }
    const broken = grantedAtMs.some((fromMs, first) =>
      grantedAtMs.slice(first).some((toMs, more) => {
        const allowance = burst + ((toMs - fromMs) / 1000) * requestsPerSecond;
        return more + 1 > allowance + 0.001;
      }),
    );
    if (!t.notOk(broken, `seed ${seed}`)) return;
  }
});

t.test('whoever waits as long as told is granted', async (t) => {
  for (let seed = 0; seed < 500; seed += 1) {
    const random = createRandom(seed);
    const clock = createSettableClock();
    const quota = createMemoryQuota({ bucketsMax: 10 }, clock);
    const grant = grantOf('a', 1 + random.below(3), random.next() * random.pick([0.01, 1, 100]) + 0.00001);
    let state = await quota.charge(grant);
    for (let request = 0; request < 20; request += 1) {
      while (state.granted) state = await quota.charge(grant);
      clock.advance(state.retryAfterSeconds * 1000);
      state = await quota.charge(grant);
      if (!state.granted) break;
    }
    if (!t.ok(state.granted, `seed ${seed}`)) return;
  }
});
