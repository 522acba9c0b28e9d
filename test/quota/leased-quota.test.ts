/** Several processes that borrow from one bucket grant no more than it holds, and no less. */

import t from 'tap';
import type { Grant } from '../../src/exchange/types.ts';
import { createLeasedQuota } from '../../src/quota/leased-quota.ts';
import { createMemoryQuota } from '../../src/quota/memory-quota.ts';
import { createQuotaLender } from '../../src/quota/quota-lender.ts';

const grantOf = (burst: number, requestsPerSecond: number) =>
  ({ agreementId: 'one', quota: { burst, requestsPerSecond } }) as Grant;

function start(leasePercent = 5) {
  let nowMs = 1_000_000;
  let asked = 0;
  const clock = { nowMs: () => nowMs };
  const lender = createQuotaLender({ bucketsMax: 10, leasePercent }, clock);
  const place = { isAway: false, alone: 0 };
  const borrower = () =>
    createLeasedQuota({
      bucketsMax: 10,
      clock,
      local: createMemoryQuota({ bucketsMax: 10 }, clock),
      observer: { quotaCountedAlone: () => (place.alone += 1) },
      lend: async (request) => {
        asked += 1;
        if (place.isAway) throw new Error('no answer in time');
        return lender.lend(request);
      },
    });
  return { place, workers: [borrower(), borrower()], pass: (ms: number) => (nowMs += ms), asked: () => asked };
}

async function grantedOf({ workers }: ReturnType<typeof start>, grant: Grant, requests: number): Promise<number> {
  let granted = 0;
  for (let count = 0; count < requests; count += 1) {
    if ((await workers[count % workers.length]?.charge(grant))?.granted) granted += 1;
  }
  return granted;
}

t.test('together they grant the burst, whichever of them is asked', async (t) => {
  const setting = start();
  t.equal(await grantedOf(setting, grantOf(10, 1), 30), 10);
  setting.pass(3000);
  t.equal(await grantedOf(setting, grantOf(10, 1), 30), 3, 'and what has come back since');
});

t.test('one of them alone gets all of it', async (t) => {
  const setting = start();
  const [worker] = setting.workers;
  const states = [];
  for (let count = 0; count < 12; count += 1) states.push(await worker?.charge(grantOf(10, 1)));
  t.equal(states.filter((state) => state?.granted).length, 10);
  t.match(states.at(-1), { granted: false, remaining: 0, policy: { burst: 10 } });
});

t.test('who asks much borrows much at a time, and what is not used goes back', async (t) => {
  const setting = start();
  const grant = grantOf(1000, 1);
  t.equal(await grantedOf(setting, grant, 400), 400);
  t.ok(setting.asked() < 40, `${setting.asked()} questions for 400 requests`);
  setting.pass(1500);
  t.equal(await grantedOf(setting, grant, 2000), 601);
});

t.test('while nobody lends each counts alone, and asks now and then', async (t) => {
  const setting = start();
  const { place } = setting;
  const grant = grantOf(10, 1);
  place.isAway = true;
  t.equal(await grantedOf(setting, grant, 60), 20, 'each grants the quota');
  t.equal(place.alone, 60);
  t.equal(setting.asked(), 2, 'only the first of each waited to hear it');
  setting.pass(1000);
  await grantedOf(setting, grant, 20);
  t.equal(setting.asked(), 4);
  place.isAway = false;
  setting.pass(1000);
  await grantedOf(setting, grant, 2);
  await new Promise(setImmediate);
  const alone = place.alone;
  t.equal(await grantedOf(setting, grant, 30), 10, 'together again as soon as it is known');
  t.equal(place.alone, alone);
});
