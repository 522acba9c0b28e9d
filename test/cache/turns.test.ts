/** Gateways wait for the one that loads: as long as it may take, not as long as one look at Redis may, and within the budget of the call. */

import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { createBreakers } from '../../src/breaker/breakers.ts';
import type { Asker } from '../../src/exchange/ports.ts';
import type { RegistryAnswer } from '../../src/exchange/types.ts';
import { countedLoad } from '../contracts/cache.ts';
import { startDelayingProxy } from '../support/delaying-proxy.ts';
import { eventually } from '../support/eventually.ts';
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

t.test('what a gateway waits for another one is part of the budget of the service', async (t) => {
  const prefix = newPrefix();
  const brief = shippedService('get-person', { timeoutMs: 500 });
  const hang = () => new Promise<never>(() => undefined);
  const asked = [0, 0];
  const gateways = await Promise.all(
    asked.map(async (_none, number) => {
      const { cache } = await openCache(t, prefix, { url: redis.url, settings: { lockMs: 2000 } });
      const breakers = createBreakers({ interactiveTurns: 4 }, () => undefined);
      t.teardown(() => breakers.close());
      return async () => {
        const startedMs = performance.now();
        const load = (signal: AbortSignal) =>
          breakers.run(brief, signal, () => {
            asked[number] = (asked[number] ?? 0) + 1;
            return hang();
          });
        await t.rejects((async () => cache.through(brief, question, () => signal, load))(), {
          code: 'registry-timeout',
        });
        return performance.now() - startedMs;
      };
    }),
  );
  const [first, second] = gateways as [() => Promise<number>, () => Promise<number>];
  const firstMs = first();
  await sleep(100);
  const secondMs = await second();
  t.ok((await firstMs) < 650, `${await firstMs} ms`);
  t.ok(secondMs < 650, `${secondMs} ms, of which about 400 ms were waited for the first`);
  t.equal(asked[0], 1);
});

t.test('a gateway that dies while it loads leaves the others half of the budget', async (t) => {
  const [prefix, service] = [newPrefix(), shippedService('get-person', { timeoutMs: 1000 })];
  const open = () => openCache(t, prefix, { url: redis.url, settings: { lockMs: 2000 } });
  const [dying, other] = [await open(), await open()];
  const hanging = countedLoad(() => new Promise(() => undefined));
  const breakers = createBreakers({ interactiveTurns: 4 }, () => undefined);
  t.teardown(() => breakers.close());
  void dying.cache.through(service, question, () => signal, hanging.load);
  await eventually(() => hanging.runs === 1);
  const load = (signal: AbortSignal) => breakers.run(service, signal, () => sleep(300, found));
  t.match(await other.cache.through(service, question, () => signal, load), { answer: found, source: 'registry' });
});

t.test('a gateway whose bulk request waits in its line keeps nobody waiting at another one', async (t) => {
  const [prefix, service] = [newPrefix(), shippedService('get-person', { timeoutMs: 2000 })];
  const open = () => openCache(t, prefix, { url: redis.url, settings: { lockMs: 2000 } });
  const [first, second] = [await open(), await open()];
  const ask = ({ cache }: OpenCache, priority: Asker['priority'], load: () => Promise<RegistryAnswer>) =>
    cache.through(service, question, () => signal, load, undefined, {
      consumer: 'VN/GOV/G07/social-protection',
      priority,
    });
  const inLine = Promise.withResolvers<RegistryAnswer>();
  const waiting = countedLoad(() => inLine.promise);
  const line = ask(first, 'bulk', () => waiting.load(signal));
  await eventually(() => waiting.runs === 1);
  const startedMs = performance.now();
  const line2 = await ask(second, 'bulk', async () => found);
  t.match(line2, { source: 'registry' }, 'nor another line');
  t.match(
    await ask(first, 'interactive', async () => found),
    { source: 'cache', level: 'redis' },
    'and what it got is shared',
  );
  t.ok(performance.now() - startedMs < 1000);
  inLine.resolve(found);
  t.match(await line, { answer: found });
});
