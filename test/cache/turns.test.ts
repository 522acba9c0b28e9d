/** Gateways wait for the one that loads: as long as it may take, not as long as one look at Redis may, and within the budget of the call. */

import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { createBreakers } from '../../src/breaker/breakers.ts';
import type { RegistryAnswer } from '../../src/exchange/types.ts';
import { countedLoad } from '../contracts/cache.ts';
import { startDelayingProxy } from '../support/delaying-proxy.ts';
import { startRedis } from '../support/servers.ts';
import { shippedService } from '../support/service-fixture.ts';
import { newPrefix, type OpenCache, openCache } from '../support/shared-cache-fixture.ts';

t.setTimeout(60_000);
const redis = await startRedis(t);
const found: RegistryAnswer = { found: true, person: { fullName: 'Hòa' } };
const { signal } = new AbortController();
const question = { pin: '099190000001' };

t.test('a slow registry is asked once, however many looks at Redis that takes', async (t) => {
  const url = await startDelayingProxy(t, redis.url, 20);
  const [prefix, service] = [newPrefix(), shippedService('get-person', { timeoutMs: 2000 })];
  const open = () =>
    openCache(t, prefix, { url, redis: { timeoutMs: 200 }, settings: { lockMs: 2000, lockPollMs: 2 } });
  const gateways = [await open(), await open(), await open()];
  const slow = countedLoad(() => sleep(800, found));
  const ask = async ({ cache }: OpenCache) => cache.through(service, question, () => signal, slow.load);
  const answers = await Promise.all(gateways.map(ask));
  t.equal(slow.runs, 1);
  t.same(answers.map(({ level }) => level ?? 'registry').sort(), ['redis', 'redis', 'registry']);
  t.ok(gateways.every(({ link }) => link.isUp()));
});

t.test('what a call waited for another gateway comes off its budget', async (t) => {
  const prefix = newPrefix();
  const breakers = createBreakers(() => undefined);
  t.teardown(() => breakers.close());
  const timed = async ({ cache }: OpenCache, timeoutMs: number, lockMs: number) => {
    const service = shippedService('get-person', { timeoutMs, cacheTtlMs: 1000 });
    const startedMs = performance.now();
    const hanging = countedLoad(() => new Promise<never>(() => undefined));
    const load = (signal: AbortSignal) => breakers.run(service, signal, hanging.load, 'VN/GOV/G07/social-protection');
    const asked = async () => cache.through(service, { pin: `0991900000${lockMs}` }, () => signal, load);
    await t.rejects(asked(), { code: 'registry-timeout' });
    return performance.now() - startedMs;
  };
  for (const lockMs of [500, 200]) {
    const open = () => openCache(t, prefix, { url: redis.url, settings: { lockMs } });
    const [one, other] = [await open(), await open()];
    const first = timed(one, 500, lockMs);
    await sleep(50);
    const second = await timed(other, 500, lockMs);
    t.ok(second < 600, `${second} ms, locked for ${lockMs}`);
    t.ok((await first) < 600);
  }
});
