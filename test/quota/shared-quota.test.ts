/** The quota shared through Redis keeps the contract, holds over gateways within one lease, and goes on alone without Redis. */

import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import t from 'tap';
import { createMemoryQuota } from '../../src/quota/memory-quota.ts';
import { createSharedQuota, quotaScripts, type SharedQuotaSettings } from '../../src/quota/shared-quota.ts';
import type { RedisLink } from '../../src/redis/link.ts';
import { grantOf, quotaContract } from '../contracts/quota.ts';
import { eventually } from '../support/eventually.ts';
import { startGarblingFront, wrongShapes } from '../support/garbling-front.ts';
import { openLink } from '../support/redis-fixture.ts';
import { startRedis, type Teardown } from '../support/servers.ts';

t.setTimeout(120_000);
const server = await startRedis(t);
const clock = { nowMs: Date.now };
const lease: SharedQuotaSettings = { bucketsMax: 100, leasePercentMax: 10, leaseMs: 1000 };
let quotas = 0;

const linkTo = (t: Teardown, keyPrefix = `test:${quotas++}:`) =>
  openLink(t, server.url, { scripts: quotaScripts, settings: { keyPrefix } });

function quotaOn(redis: RedisLink, settings: Partial<SharedQuotaSettings> = {}) {
  const told = { alone: 0, asked: 0 };
  const counting: RedisLink = {
    ...redis,
    run: (work) => {
      told.asked += 1;
      return redis.run(work);
    },
  };
  const quota = createSharedQuota({
    redis: counting,
    local: createMemoryQuota({ bucketsMax: 100 }, clock),
    settings: { ...lease, ...settings },
    clock,
    observer: { quotaCountedAlone: () => (told.alone += 1) },
  });
  return { quota, told };
}

t.test('the contract', async (t) => {
  const counts: { alone: number; asked: number }[] = [];
  quotaContract(t, async (t) => {
    const { quota, told } = quotaOn(await linkTo(t));
    counts.push(told);
    // A timer may ring a little early.
    return { quota, passMs: (ms) => sleep(ms + 5) };
  });
  t.test('all of it by way of Redis', async (t) => {
    t.ok(counts.every(({ alone, asked }) => alone === 0 && asked > 0));
  });
});

t.test('gateways together get one burst, whoever asks when', async (t) => {
  const prefix = `test:${quotas++}:`;
  const gateways = await Promise.all(Array.from({ length: 4 }, async () => quotaOn(await linkTo(t, prefix))));
  const grant = grantOf('together', 200, 0.001);
  let granted = 0;
  for (let round = 0; round < 30; round += 1) {
    const states = await Promise.all(gateways.flatMap(({ quota }) => [1, 2, 3].map(() => quota.charge(grant))));
    granted += states.filter((state) => state.granted).length;
  }
  t.ok(granted <= 200, `${granted} granted`);
  t.ok(granted >= 200 - 3 * 20, `${granted} granted; the others may hold a lease each`);
});

t.test('what a gateway leased and did not spend is there for others after its time', async (t) => {
  const prefix = `test:${quotas++}:`;
  const one = quotaOn(await linkTo(t, prefix), { leasePercentMax: 50, leaseMs: 50 });
  const other = quotaOn(await linkTo(t, prefix), { leasePercentMax: 50, leaseMs: 50 });
  const grant = grantOf('returned', 8, 0.001);
  for (let charged = 0; charged < 4; charged += 1) await one.quota.charge(grant);
  await sleep(60);
  t.match(await one.quota.charge(grant), { granted: true, remaining: 3 });
  const states = await Promise.all(Array.from({ length: 4 }, () => other.quota.charge(grant)));
  t.equal(states.filter(({ granted }) => granted).length, 3);
});

t.test('Redis is asked rarely where there is plenty, and not at all while there is nothing', async (t) => {
  const { quota, told } = quotaOn(await linkTo(t));
  const plenty = grantOf('plenty', 10_000, 10_000);
  let granted = 0;
  for (let charged = 0; charged < 1000; charged += 1) granted += (await quota.charge(plenty)).granted ? 1 : 0;
  t.equal(granted, 1000);
  t.ok(told.asked <= 12, `asked ${told.asked} times for 1000 requests`);
  const scarce = grantOf('scarce', 1, 0.01);
  await quota.charge(scarce);
  told.asked = 0;
  for (let charged = 0; charged < 100; charged += 1) t.match(await quota.charge(scarce), { granted: false });
  t.ok(told.asked <= 1, `asked ${told.asked} times for 100 refusals`);
});

t.test('a charge out of a lease is no promise: it waits for nothing', async (t) => {
  const { quota } = quotaOn(await linkTo(t));
  const grant = grantOf('plenty', 10_000, 10_000);
  for (let charged = 0; charged < 4; charged += 1) await quota.charge(grant);
  t.notOk(quota.charge(grant) instanceof Promise);
});

t.test('without Redis each gateway counts alone; whoever was waiting for it is counted, too', async (t) => {
  const link = await linkTo(t);
  const { quota, told } = quotaOn(link);
  const grant = grantOf('alone', 3, 0.001);
  t.match(await quota.charge(grant), { granted: true, remaining: 2 });
  server.pause();
  const states = await Promise.all(Array.from({ length: 5 }, () => quota.charge(grant)));
  t.equal(states.filter(({ granted }) => granted).length, 3, 'a burst of its own');
  t.equal(told.alone, 5);
  const startedMs = performance.now();
  t.match(await quota.charge(grant), { granted: false });
  t.ok(performance.now() - startedMs < 20);
  server.resume();
  await eventually(() => link.isUp());
  t.match(await quota.charge(grant), { granted: false }, 'the lost question had taken what was left');
  t.equal(told.alone, 6);
});

t.test('an answer that is none is a failure: counted alone, asked once, and the connection made anew', async (t) => {
  const front = await startGarblingFront(t, server.url);
  const scripts = { scripts: quotaScripts, settings: { keyPrefix: `test:${quotas++}:` } };
  const link = await openLink(t, front.url, scripts);
  const { quota, told } = quotaOn(link);
  const tooMuch = [
    '*3\r\n:9\r\n$1\r\n9\r\n$16\r\nxxxxxxxxxxxxxxxx\r\n',
    '*2\r\n:9\r\n$1\r\n9\r\n',
    '*2\r\n:-1\r\n$1\r\nx\r\n',
  ];
  for (const [round, wrong] of [...wrongShapes, ...tooMuch].entries()) {
    const grant = grantOf(`garbled-${round}`, 100, 1);
    await quota.charge(grant);
    await eventually(() => link.isUp());
    Object.assign(told, { alone: 0, asked: 0 });
    front.garble(/\*[23]\r\n:\d+\r\n\$[\d.]+\r\n[^\r]+\r\n(\$16\r\n[^\r]{16}\r\n)?/, wrong);
    const states = await Promise.all(Array.from({ length: 5 }, () => quota.charge(grant)));
    t.same(
      states.map(({ granted }) => granted),
      [true, true, true, true, true],
      JSON.stringify(wrong),
    );
    t.ok(told.alone > 0 && told.asked <= 2, `${told.alone} counted alone, asked ${told.asked} times`);
    front.garble(/never/, '');
    await eventually(() => link.isUp());
  }
});

t.test('a bucket that somebody else wrote nonsense into is one all the same', async (t) => {
  const prefix = `test:${quotas++}:`;
  const link = await linkTo(t, prefix);
  const admin = new Redis(server.url);
  t.teardown(() => admin.disconnect());
  const { quota, told } = quotaOn(link);
  for (const [round, [tokens, filledAtMs]] of [
    ['nan', '0'],
    ['5', 'nan'],
    ['-1e300', 'x'],
    ['inf', '-inf'],
    ['x', 'inf'],
  ].entries()) {
    const grant = grantOf(`nonsense-${round}`, 5, 1000);
    await admin.hset(`${prefix}quota:${grant.agreementId}`, { tokens, filledAtMs });
    await quota.charge(grant);
    await sleep(5);
    t.match(await quota.charge(grant), { granted: true }, `${tokens} ${filledAtMs}`);
    t.ok(link.isUp());
  }
  t.equal(told.alone, 0);
});
