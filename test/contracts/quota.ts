/** What every quota must do, wherever it keeps its buckets. */

import type { Test } from 'tap';
import type { Quota } from '../../src/exchange/ports.ts';
import type { Grant, QuotaPolicy } from '../../src/exchange/types.ts';

export interface QuotaUnderTest {
  readonly quota: Quota;
  /** Lets time pass for the quota. */
  passMs(ms: number): void | Promise<void>;
}

/** The part of a grant that a quota looks at. */
export function grantOf(agreementId: string, burst: number, requestsPerSecond: number): Grant {
  const quota: QuotaPolicy = { burst, requestsPerSecond };
  return { agreementId, quota } as Grant;
}

/** `make` gives a quota whose buckets no other test has used. */
export function quotaContract(t: Test, make: (t: Test) => Promise<QuotaUnderTest>): void {
  t.test('a burst may follow at once; the request after it is refused', async (t) => {
    const { quota } = await make(t);
    const grant = grantOf('a', 3, 1);
    for (const remaining of [2, 1, 0]) t.match(await quota.charge(grant), { granted: true, remaining });
    t.match(await quota.charge(grant), { granted: false, remaining: 0, policy: grant.quota });
  });

  t.test('requests that come together get no more than the burst', async (t) => {
    const { quota } = await make(t);
    const states = await Promise.all(Array.from({ length: 50 }, () => quota.charge(grantOf('a', 7, 0.01))));
    t.equal(states.filter(({ granted }) => granted).length, 7);
  });

  t.test('after the seconds that a refusal names, and not before, one request is granted', async (t) => {
    const { quota, passMs } = await make(t);
    const grant = grantOf('a', 1, 0.5);
    t.match(await quota.charge(grant), { granted: true, retryAfterSeconds: 0, resetSeconds: 2 });
    t.match(await quota.charge(grant), { granted: false, retryAfterSeconds: 2 });
    await passMs(1000);
    t.match(await quota.charge(grant), { granted: false, retryAfterSeconds: 1 });
    await passMs(1000);
    t.match(await quota.charge(grant), { granted: true });
    t.match(await quota.charge(grant), { granted: false });
  });

  t.test('a refusal takes nothing, however often it is asked for', async (t) => {
    const { quota, passMs } = await make(t);
    const grant = grantOf('a', 1, 1);
    await quota.charge(grant);
    for (let tries = 0; tries < 10; tries += 1) {
      t.match(await quota.charge(grant), { granted: false });
      await passMs(100);
    }
    t.match(await quota.charge(grant), { granted: true });
  });

  t.test('a bucket never holds more than its burst', async (t) => {
    const { quota, passMs } = await make(t);
    const grant = grantOf('a', 2, 10);
    await quota.charge(grant);
    await passMs(2000);
    const states = [await quota.charge(grant), await quota.charge(grant), await quota.charge(grant)];
    t.same(
      states.map(({ granted }) => granted),
      [true, true, false],
    );
  });

  t.test('one agreement leaves the quota of another alone', async (t) => {
    const { quota } = await make(t);
    await quota.charge(grantOf('a', 1, 0.1));
    t.match(await quota.charge(grantOf('a', 1, 0.1)), { granted: false });
    t.match(await quota.charge(grantOf('b', 1, 0.1)), { granted: true });
  });

  t.test('a rate of a few requests a day is held, and told in whole seconds', async (t) => {
    const { quota, passMs } = await make(t);
    const grant = grantOf('a', 1, 0.0001);
    t.match(await quota.charge(grant), { granted: true, resetSeconds: 10_000 });
    await passMs(100);
    const { granted, retryAfterSeconds } = await quota.charge(grant);
    t.equal(granted, false);
    t.equal(retryAfterSeconds, 10_000, 'rounded up');
  });
}
