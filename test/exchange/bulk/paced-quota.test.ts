/** Lines wait for tokens in their order, and never longer than allowed. */

import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { createPacedQuota } from '../../../src/exchange/bulk/paced-quota.ts';
import type { Quota } from '../../../src/exchange/ports.ts';
import { createMemoryQuota } from '../../../src/quota/memory-quota.ts';
import { grantOf } from '../../contracts/quota.ts';

function paced(changes: { quotaReservePercent?: number; quota?: Quota } = {}) {
  const stopping = new AbortController();
  const single = changes.quota ?? createMemoryQuota({ bucketsMax: 10 }, { nowMs: Date.now });
  const quota = createPacedQuota({
    quota: single,
    settings: { quotaWaitMs: 200, quotaReservePercent: changes.quotaReservePercent ?? 0 },
    rest: (ms, signal) => sleep(ms, undefined, { signal }).catch(() => undefined),
    stopping: stopping.signal,
  });
  return { quota, single, stopping };
}

t.test('the first ones go at once, the others one after the other as tokens come', async (t) => {
  const { quota } = paced();
  const grant = grantOf('a', 3, 50);
  const order: number[] = [];
  const startedMs = performance.now();
  await Promise.all(
    Array.from({ length: 13 }, async (_one, index) => {
      t.match(await quota.charge(grant), { granted: true });
      order.push(index);
    }),
  );
  t.same(
    order,
    Array.from({ length: 13 }, (_one, index) => index),
  );
  t.ok(performance.now() - startedMs > 180, 'ten tokens take 200 ms');
});

t.test('a token that takes too long is waited for by nobody', async (t) => {
  const { quota } = paced();
  const grant = grantOf('a', 1, 0.5);
  const startedMs = performance.now();
  const states = await Promise.all([1, 2, 3].map(() => quota.charge(grant)));
  t.same(
    states.map(({ granted }) => granted),
    [true, false, false],
  );
  t.ok(performance.now() - startedMs < 150);
});

t.test('a gateway that stops ends every wait', async (t) => {
  const { quota, stopping } = paced();
  const grant = grantOf('a', 1, 6);
  const charged = Promise.all(Array.from({ length: 5 }, () => quota.charge(grant)));
  const startedMs = performance.now();
  stopping.abort();
  t.match((await charged).at(-1), { granted: false });
  t.ok(performance.now() - startedMs < 100);
});

t.test('single requests find tokens while lines take what comes in', async (t) => {
  const { quota, single } = paced({ quotaReservePercent: 50 });
  const grant = grantOf('a', 20, 100);
  let isOver = false;
  const lines = Promise.all(Array.from({ length: 60 }, () => quota.charge(grant))).then(() => {
    isOver = true;
  });
  let refused = 0;
  let asked = 0;
  for (; !isOver; asked += 1) {
    if (!(await single.charge(grant)).granted) refused += 1;
    await sleep(40);
  }
  await lines;
  t.ok(asked > 5);
  t.equal(refused, 0, `of ${asked}`);
});

t.test('a quota that fails fails every line that waits for it', async (t) => {
  let calls = 0;
  const quota: Quota = {
    charge: (grant) => {
      calls += 1;
      if (calls > 1) throw new Error('the quota is down');
      return { policy: grant.quota, granted: false, remaining: 0, resetSeconds: 1, retryAfterSeconds: 1 };
    },
  };
  const { quota: waiting } = paced({ quota });
  const charged = await Promise.allSettled([
    waiting.charge(grantOf('a', 1, 100)),
    waiting.charge(grantOf('a', 1, 100)),
  ]);
  t.same(
    charged.map(({ status }) => status),
    ['rejected', 'rejected'],
  );
});
