/** The cache that gateways share through Redis keeps the contract, forgets everywhere, and never believes Redis more than its key. */

import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import t from 'tap';
import { createBreakers } from '../../src/breaker/breakers.ts';
import { cacheScripts } from '../../src/cache/shared-answers.ts';
import { createSharedCache, type SharedCacheSettings } from '../../src/cache/shared-cache.ts';
import type { AnswerCache, Clock } from '../../src/exchange/ports.ts';
import { Problem } from '../../src/problems.ts';
import type { RedisLink } from '../../src/redis/link.ts';
import { cacheContract, countedLoad } from '../contracts/cache.ts';
import { createSettableClock, type SettableClock } from '../support/clock-fixture.ts';
import { startDelayingProxy } from '../support/delaying-proxy.ts';
import { eventually } from '../support/eventually.ts';
import { startGarblingFront, wrongShapes } from '../support/garbling-front.ts';
import { type LoopbackProxy, startLoopbackProxy } from '../support/loopback-proxy.ts';
import { makeLink } from '../support/redis-fixture.ts';
import { startRedis, type Teardown, type TestServer } from '../support/servers.ts';
import { shippedService } from '../support/service-fixture.ts';

t.setTimeout(180_000);
const server = await startRedis(t);
const admin = new Redis(server.url);
admin.on('error', () => undefined);
t.teardown(() => admin.disconnect());

const service = shippedService('get-person', { cacheTtlMs: 10_000, negativeTtlMs: 1000, staleIfErrorMs: 60_000 });
const { signal } = new AbortController();
const here = () => signal;
const pin = '099190000001';
const unavailable = () => Promise.reject(new Problem('registry-unavailable', 'down'));
const personOf = (name: string) => async () => ({ found: true, person: { fullName: name } });

const settings: SharedCacheSettings = {
  entriesMax: 100,
  bytesMax: 1_000_000,
  refreshAfterPercent: 100,
  refreshesMax: 4,
  jitterPercent: 0,
  sharedAnswerBytesMax: 10_000,
  lockMs: 300,
  lockPollMs: 5,
  invalidationLagMsMax: 5000,
  clockSkewMsMax: 1000,
  forgottenMax: 100,
  forgottenAgainMs: 60_000,
};

interface Options {
  readonly clock?: Clock;
  readonly secret?: Uint8Array;
  readonly url?: string;
  readonly redis?: { readonly timeoutMs: number; readonly connectTimeoutMs: number };
  readonly settings?: Partial<SharedCacheSettings>;
  readonly owed?: { isSet: boolean };
}

interface Gateway {
  readonly cache: AnswerCache;
  readonly link: RedisLink;
  readonly events: string[];
}

let prefixes = 0;
const newPrefix = () => `c${prefixes++}:`;

async function gatewayOn(t: Teardown, keyPrefix: string, options: Options = {}): Promise<Gateway> {
  const {
    clock = { nowMs: Date.now },
    secret = Buffer.alloc(32, 7),
    url = server.url,
    owed = { isSet: false },
  } = options;
  const link = makeLink(t, url, { scripts: cacheScripts, settings: { keyPrefix, ...options.redis } });
  const events: string[] = [];
  const cache = createSharedCache({
    redis: link,
    secret,
    id: `${Math.random()}`,
    settings: { ...settings, ...options.settings },
    owedMark: {
      isSet: owed.isSet,
      set: async () => {
        owed.isSet = true;
      },
      clear: async () => {
        owed.isSet = false;
      },
    },
    clock,
    random: Math.random,
    observer: { cacheEvent: (event) => events.push(event) },
  });
  link.start();
  await eventually(() => link.isUp());
  return { cache, link, events };
}

const ask = async ({ cache }: Gateway, load = countedLoad(), question = { pin }) =>
  cache.through(service, question, here, load.load);
const keysUnder = async (prefix: string) => (await admin.keys(`${prefix}*`)).sort();

t.test('the contract', async (t) => {
  cacheContract(t, async (t) => {
    const clock = createSettableClock();
    const { cache } = await gatewayOn(t, newPrefix(), { clock });
    return { cache, passMs: clock.advance };
  });
});

t.test('the contract, where memory has to ask each time', async (t) => {
  cacheContract(t, async (t) => {
    const clock = createSettableClock();
    const { cache } = await gatewayOn(t, newPrefix(), { clock, settings: { invalidationLagMsMax: 0 } });
    return { cache, passMs: clock.advance };
  });
});

t.test('what one gateway loaded another is given, with its age', async (t) => {
  const prefix = newPrefix();
  const clock = createSettableClock();
  const [one, other] = [await gatewayOn(t, prefix, { clock }), await gatewayOn(t, prefix, { clock })];
  const counted = countedLoad();
  t.match(await ask(one, counted), { source: 'registry', level: undefined });
  clock.advance(3000);
  t.match(await ask(other, counted), { source: 'cache', level: 'redis', ageMs: 3000, ttlMs: 10_000 });
  clock.advance(1000);
  t.match(await ask(other, counted), { source: 'cache', level: 'memory', ageMs: 4000 });
  t.equal(counted.runs, 1);
});

t.test('gateways that are asked at the same time load once', async (t) => {
  const prefix = newPrefix();
  const gateways = await Promise.all([1, 2, 3, 4].map(() => gatewayOn(t, prefix)));
  const counted = countedLoad(async () => {
    await sleep(60);
    return { found: true, person: { fullName: 'Hòa' } };
  });
  const answers = await Promise.all(gateways.flatMap((gateway) => [1, 2, 3].map(() => ask(gateway, counted))));
  t.equal(counted.runs, 1);
  t.ok(answers.every(({ answer }) => answer.found));
});

t.test('a gateway that dies while it loads costs the others its lock at most', async (t) => {
  const prefix = newPrefix();
  const [dying, other] = [await gatewayOn(t, prefix), await gatewayOn(t, prefix)];
  void ask(
    dying,
    countedLoad(() => new Promise(() => undefined)),
  ).catch(() => undefined);
  await eventually(async () => (await keysUnder(prefix)).some((key) => key.endsWith('l')));
  await dying.link.close();
  const startedMs = performance.now();
  t.match(await ask(other), { source: 'registry' });
  const waitedMs = performance.now() - startedMs;
  t.ok(waitedMs > 100 && waitedMs < 600, `${waitedMs} ms`);
});

t.test('what a gateway waits for another one is part of the budget of the service', async (t) => {
  const prefix = newPrefix();
  const brief = { ...service, timeoutMs: 500 };
  const patient = { settings: { lockMs: 2000 } };
  const hang = () => new Promise<never>(() => undefined);
  const asked = [0, 0];
  const gateways = await Promise.all(
    asked.map(async (_none, number) => {
      const { cache } = await gatewayOn(t, prefix, patient);
      const breakers = createBreakers(() => undefined);
      t.teardown(() => breakers.close());
      return async () => {
        const startedMs = performance.now();
        const load = (signal: AbortSignal) =>
          breakers.run(brief, signal, () => {
            asked[number] = (asked[number] ?? 0) + 1;
            return hang();
          });
        await t.rejects((async () => cache.through(brief, { pin }, here, load))(), { code: 'registry-timeout' });
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

t.test('a registry that is slower than Redis may be is asked once all the same', async (t) => {
  const prefix = newPrefix();
  const redis = { timeoutMs: 400, connectTimeoutMs: 2000 };
  const options = { redis, url: await startDelayingProxy(t, server.url, 25), settings: { lockMs: 2000 } };
  const gateways = await Promise.all([1, 2, 3].map(() => gatewayOn(t, prefix, options)));
  const counted = countedLoad(async () => {
    await sleep(1500);
    return { found: true, person: { fullName: 'Hòa' } };
  });
  const answers = await Promise.all(gateways.map((gateway) => ask(gateway, counted)));
  t.equal(counted.runs, 1);
  t.same(answers.map(({ source }) => source).sort(), ['cache', 'cache', 'registry']);
});

t.test('a load that fails lets the next gateway try at once', async (t) => {
  const prefix = newPrefix();
  const [one, other] = [await gatewayOn(t, prefix), await gatewayOn(t, prefix)];
  await t.rejects(ask(one, countedLoad(unavailable)));
  const startedMs = performance.now();
  await ask(other);
  t.ok(performance.now() - startedMs < 100);
});

t.test('a person who is forgotten anywhere is forgotten everywhere within a second', async (t) => {
  const prefix = newPrefix();
  const gateways = await Promise.all([1, 2, 3].map(() => gatewayOn(t, prefix)));
  for (const gateway of gateways) await ask(gateway);
  await gateways[0]?.cache.forget([pin]);
  await sleep(50);
  const later = countedLoad(personOf('after'));
  for (const gateway of gateways) t.match(await ask(gateway, later), { answer: { person: { fullName: 'after' } } });
  t.equal(later.runs, 1, 'and loaded again once');
});

t.test('where the message is lost the bound holds', async (t) => {
  const prefix = newPrefix();
  const clock = createSettableClock();
  const [one, other] = [await gatewayOn(t, prefix, { clock }), await gatewayOn(t, prefix, { clock })];
  await ask(one, countedLoad(personOf('before')));
  await ask(other);
  // As a forgotten person is, without the message.
  const [generation] = (await keysUnder(prefix)).filter((key) => key.endsWith('g'));
  await admin.del(generation as string);
  clock.advance(4999);
  t.match(await ask(other), { source: 'cache', level: 'memory' });
  clock.advance(1);
  t.match(await ask(other, countedLoad(personOf('after'))), { source: 'registry' });
});

t.test('an answer on its way when another gateway forgets its person is kept nowhere', async (t) => {
  const prefix = newPrefix();
  const [one, other] = [await gatewayOn(t, prefix), await gatewayOn(t, prefix)];
  const arrives = Promise.withResolvers<void>();
  const slow = countedLoad(async () => {
    await arrives.promise;
    return { found: true, person: { fullName: 'before' } };
  });
  const early = ask(one, slow);
  await eventually(() => slow.runs === 1);
  await other.cache.forget([pin]);
  arrives.resolve();
  t.match(await early, { answer: { person: { fullName: 'before' } } });
  t.notOk((await keysUnder(prefix)).some((key) => key.endsWith('a')));
  t.match(await ask(other, countedLoad(personOf('after'))), { source: 'registry' });
  t.match(await ask(one), { answer: { person: { fullName: 'after' } } });
});

t.test('the same where the message is lost and Redis was emptied meanwhile', async (t) => {
  const prefix = newPrefix();
  const one = await gatewayOn(t, prefix);
  const arrives = Promise.withResolvers<void>();
  const slow = countedLoad(async () => {
    await arrives.promise;
    return { found: true, person: { fullName: 'before' } };
  });
  const early = ask(one, slow);
  await eventually(() => slow.runs === 1);
  await admin.flushall();
  arrives.resolve();
  await early;
  t.same(await keysUnder(prefix), []);
  t.match(one.events, ['redis-miss', 'outdated']);
  t.match(await ask(one), { source: 'registry' });
});

t.test('a stale answer bridges a failing registry from Redis, but none about somebody who was forgotten', async (t) => {
  const prefix = newPrefix();
  const clock = createSettableClock();
  const [one, other] = [await gatewayOn(t, prefix, { clock }), await gatewayOn(t, prefix, { clock })];
  await ask(one);
  clock.advance(20_000);
  t.match(await ask(other, countedLoad(unavailable)), { source: 'stale', level: 'redis', ageMs: 20_000 });
  t.match(await ask(one, countedLoad(unavailable)), { source: 'stale' });
  const [generation] = (await keysUnder(prefix)).filter((key) => key.endsWith('g'));
  await admin.del(generation as string);
  await t.rejects(ask(one, countedLoad(unavailable)), { code: 'registry-unavailable' });
  await t.rejects(ask(other, countedLoad(unavailable)), { code: 'registry-unavailable' });
});

t.test('that nobody was found is kept for a time of its own', async (t) => {
  const prefix = newPrefix();
  const clock = createSettableClock();
  const [one, other] = [await gatewayOn(t, prefix, { clock }), await gatewayOn(t, prefix, { clock })];
  t.match(
    await ask(
      one,
      countedLoad(async () => ({ found: false })),
    ),
    { ttlMs: 1000 },
  );
  clock.advance(999);
  t.match(await ask(other), { answer: { found: false }, source: 'cache' });
  clock.advance(1);
  for (const gateway of [other, one])
    t.match(await ask(gateway, countedLoad(personOf('born'))), { answer: { found: true } });
});

t.test('an answer that is due is given at once and loaded anew behind that, by one gateway', async (t) => {
  const prefix = newPrefix();
  const clock = createSettableClock();
  const due = { clock, settings: { refreshAfterPercent: 80, invalidationLagMsMax: 60_000 } };
  const gateways = [await gatewayOn(t, prefix, due), await gatewayOn(t, prefix, due)];
  for (const gateway of gateways) await ask(gateway, countedLoad(personOf('old')));
  clock.advance(8000);
  const counted = countedLoad(async () => {
    await sleep(30);
    return { found: true, person: { fullName: 'new' } };
  });
  for (const gateway of gateways)
    t.match(await ask(gateway, counted), { answer: { person: { fullName: 'old' } }, ageMs: 8000 });
  await eventually(() => gateways.every(({ events }) => events.includes('refreshed')));
  t.equal(counted.runs, 1);
  clock.advance(1);
  const [first, second] = [await ask(gateways[0] as Gateway, counted), await ask(gateways[1] as Gateway, counted)];
  t.equal([first, second].filter(({ ageMs }) => ageMs === 1).length >= 1, true);
  t.equal(counted.runs <= 2, true);
});

t.test('answers loaded together expire apart, none later than its time', async (t) => {
  const gateway = await gatewayOn(t, newPrefix(), { settings: { jitterPercent: 20 } });
  const times = new Set<number>();
  for (let person = 0; person < 20; person += 1) {
    const { ttlMs } = await ask(gateway, countedLoad(), { pin: `0991900000${10 + person}` });
    t.ok(ttlMs > 8000 - 1 && ttlMs <= 10_000, `${ttlMs} ms`);
    times.add(ttlMs);
  }
  t.ok(times.size > 10);
});

t.test('whoever reads Redis finds no number, no name and no service', async (t) => {
  const prefix = newPrefix();
  await ask(await gatewayOn(t, prefix), countedLoad(personOf('Nguyễn Thị Hòa')));
  for (const key of await keysUnder(prefix)) {
    const text = `${key} ${(await admin.getBuffer(key))?.toString('latin1')}`;
    for (const word of [pin, 'Nguy', 'Hòa', 'fullName', 'population', 'found']) t.notOk(text.includes(word), word);
  }
});

t.test('whatever lies in Redis instead of an answer is a miss', async (t) => {
  const prefix = newPrefix();
  await ask(await gatewayOn(t, prefix));
  const [place] = (await keysUnder(prefix)).filter((key) => key.endsWith('a')) as [string];
  const [generation] = (await keysUnder(prefix)).filter((key) => key.endsWith('g')) as [string];
  const sealed = (await admin.getBuffer(place)) as Buffer;
  const flipped = Buffer.from(sealed);
  flipped[sealed.length - 20] = (flipped[sealed.length - 20] as number) ^ 1;
  const otherVersion = Buffer.from(sealed);
  otherVersion[0] = 2;
  for (const garbage of [
    flipped,
    otherVersion,
    sealed.subarray(0, -1),
    Buffer.from('x'),
    Buffer.alloc(0),
    Buffer.alloc(9000),
  ]) {
    const gateway = await gatewayOn(t, prefix);
    await admin.set(place, garbage);
    t.match(await ask(gateway), { source: 'registry' }, garbage.subarray(0, 8).toString('hex'));
    t.ok((await admin.getBuffer(place))?.length === sealed.length, 'and is replaced');
  }
  for (const damage of [
    () => admin.set(generation, 'x'),
    () => admin.del(generation).then(() => admin.rpush(generation, 'x')),
  ]) {
    const gateway = await gatewayOn(t, prefix);
    await damage();
    t.match(await ask(gateway), { source: 'registry' });
    t.ok(gateway.link.isUp());
    await admin.del(generation);
  }
});

t.test('an answer that was put in the place of another is a miss', async (t) => {
  const prefix = newPrefix();
  const [one, other] = [await gatewayOn(t, prefix), await gatewayOn(t, prefix)];
  await ask(one, countedLoad(personOf('one')), { pin });
  const before = await keysUnder(prefix);
  await ask(one, countedLoad(personOf('another')), { pin: '099190000002' });
  const added = (await keysUnder(prefix)).filter((key) => !before.includes(key));
  const find = (keys: string[], ending: string) => keys.find((key) => key.endsWith(ending)) as string;
  for (const ending of ['g', 'a']) await admin.copy(find(added, ending), find(before, ending), 'REPLACE');
  t.match(await ask(other, countedLoad(personOf('one'))), { source: 'registry' });
  t.match(other.events, ['unreadable']);
});

t.test('gateways with other keys take nothing from each other', async (t) => {
  const prefix = newPrefix();
  await ask(await gatewayOn(t, prefix));
  t.match(await ask(await gatewayOn(t, prefix, { secret: Buffer.alloc(32, 8) })), { source: 'registry' });
});

t.test('an answer that is too large, or from a clock far ahead, is not shared', async (t) => {
  const prefix = newPrefix();
  const large = countedLoad(personOf('x'.repeat(20_000)));
  await ask(await gatewayOn(t, prefix), large);
  t.match(await ask(await gatewayOn(t, prefix)), { source: 'registry' });
  const ahead = createSettableClock();
  const now = createSettableClock();
  ahead.advance(1001);
  await ask(await gatewayOn(t, prefix, { clock: ahead }), countedLoad(), { pin: '099190000003' });
  t.match(await ask(await gatewayOn(t, prefix, { clock: now }), countedLoad(), { pin: '099190000003' }), {
    source: 'registry',
  });
});

t.test('where a gateway hears nothing any more, its memory is asked about once that is noticed', async (t) => {
  const prefix = newPrefix();
  const proxy = await startLoopbackProxy(t, server.url);
  const [one, other] = [await gatewayOn(t, prefix), await gatewayOn(t, prefix, { url: proxy.url })];
  for (const gateway of [one, other]) await ask(gateway, countedLoad(personOf('before')));
  await ask(other, countedLoad(personOf('untouched')), { pin: '099190000002' });
  proxy.deafen('subscribe');
  await one.cache.forget([pin]);
  const startedMs = performance.now();
  const later = countedLoad(personOf('after'));
  await eventually(async () => (await ask(other, later)).source === 'registry');
  const servedMs = performance.now() - startedMs;
  t.ok(servedMs < 2000, `the old answer for ${servedMs} ms, and not for its 5000`);
  t.match(await ask(other, later, { pin: '099190000002' }), {
    source: 'cache',
    answer: { person: { fullName: 'untouched' } },
  });
  t.equal(later.runs, 1, 'what nobody forgot still holds');
});

t.test('a full Redis stores nothing and forgets all the same', async (t) => {
  const full = await startRedis(t);
  const [one, other] = [await gatewayOn(t, 'f:', { url: full.url }), await gatewayOn(t, 'f:', { url: full.url })];
  for (const gateway of [one, other]) await ask(gateway);
  const fullAdmin = new Redis(full.url);
  t.teardown(() => fullAdmin.disconnect());
  await fullAdmin.config('SET', 'maxmemory', '1');
  t.match(await ask(one, countedLoad(), { pin: '099190000002' }), { source: 'registry' });
  await one.cache.forget([pin]);
  await sleep(50);
  t.match(await ask(other, countedLoad(personOf('after'))), { source: 'registry' });
  t.ok(one.link.isUp());
});

/** A Redis of its own that hangs, and gateways whose time stands still. */
async function withHanging(
  t: Teardown,
  work: (place: { hanging: TestServer; one: Gateway; other: Gateway; clock: SettableClock }) => Promise<void>,
): Promise<void> {
  const hanging = await startRedis(t);
  const clock = createSettableClock();
  const [one, other] = [
    await gatewayOn(t, 'h:', { url: hanging.url, clock }),
    await gatewayOn(t, 'h:', { url: hanging.url, clock }),
  ];
  await work({ hanging, one, other, clock });
}

t.test('a Redis that hangs costs its time-out once; memory serves for its time, then the registry', async (t) => {
  await withHanging(t, async ({ hanging, one, clock }) => {
    await ask(one);
    hanging.pause();
    t.match(await ask(one), { level: 'memory' });
    clock.advance(6000);
    const startedMs = performance.now();
    t.match(await ask(one), { source: 'registry' });
    t.ok(performance.now() - startedMs < 300);
    const againMs = performance.now();
    t.match(await ask(one, countedLoad(), { pin: '099190000009' }), { source: 'registry' });
    t.ok(performance.now() - againMs < 30);
    clock.advance(20_000);
    t.match(await ask(one, countedLoad(unavailable)), { source: 'stale', level: 'memory' });
    hanging.resume();
    await eventually(() => one.link.isUp());
  });
});

t.test('a slow Redis costs an exchange its time-out over all commands, whatever the registry does', async (t) => {
  const url = await startDelayingProxy(t, server.url, 480);
  const redis = { timeoutMs: 1000, connectTimeoutMs: 5000 };
  const gateway = await gatewayOn(t, newPrefix(), { url, redis });
  const timed = async (work: () => unknown) => {
    const startedMs = performance.now();
    await work();
    return performance.now() - startedMs;
  };
  const counted = countedLoad();
  const missMs = await timed(async () => t.match(await ask(gateway, counted), { source: 'registry' }));
  t.ok(missMs > 900 && missMs < 1300, `${missMs} ms, where each of three commands takes 480`);
  const other = { pin: '099190000002' };
  const failMs = await timed(() =>
    t.rejects(ask(gateway, countedLoad(unavailable), other), { code: 'registry-unavailable' }),
  );
  t.ok(failMs < 1300, `${failMs} ms, with the look for a stale answer`);
  const another = { pin: '099190000003' };
  const restMs = await timed(() =>
    gateway.cache.through(service, another, here, countedLoad().load, undefined, undefined, 900),
  );
  t.ok(restMs < 400, `${restMs} ms, where its quota took the rest`);
  t.ok(gateway.link.isUp(), 'it is in time, and stays');
  t.same(gateway.events.filter((event) => event === 'not-shared').length, 3);
});

t.test('who is forgotten while Redis is away is forgotten everywhere when it is back', async (t) => {
  await withHanging(t, async ({ hanging, one, other }) => {
    for (const gateway of [one, other]) await ask(gateway);
    hanging.pause();
    await one.cache.forget([pin]);
    hanging.resume();
    await eventually(() => one.link.isUp() && other.link.isUp());
    await sleep(50);
    t.match(await ask(other, countedLoad(personOf('after'))), { source: 'registry' });
  });
});

t.test('what a gateway owed when it ended, or could not count any more, makes everything forgotten', async (t) => {
  for (const forgetting of [[pin], Array.from({ length: 150 }, (_one, n) => `0991900001${n}`)]) {
    const prefix = newPrefix();
    const bystander = await gatewayOn(t, prefix);
    await ask(bystander);
    const owed = { isSet: false };
    const proxy: LoopbackProxy = await startLoopbackProxy(t, server.url);
    const ending = await gatewayOn(t, prefix, { url: proxy.url, owed });
    await proxy.down();
    await eventually(() => !ending.link.isUp());
    await ending.cache.forget(forgetting);
    t.ok(owed.isSet);
    await ending.link.close();
    t.match(await ask(bystander), { source: 'cache' });
    await gatewayOn(t, prefix, { owed });
    t.notOk(owed.isSet);
    await sleep(50);
    t.match(await ask(bystander, countedLoad(personOf('after'))), { source: 'registry' });
  }
});

t.test('an answer of Redis that is none costs a miss, and the connection is made anew', async (t) => {
  const front = await startGarblingFront(t, server.url);
  const gateway = await gatewayOn(t, newPrefix(), { url: front.url });
  const claimed = /\*[23]\r\n\$16\r\n[\s\S]{16}\r\n:1\r\n(\$16\r\n[\s\S]{16}\r\n)?/;
  const values = /\*2\r\n\$-1\r\n\$-1\r\n|\*2\r\n_\r\n_\r\n/;
  const kept = /\*2\r\n:1\r\n\$16\r\n[\s\S]{16}\r\n|^:1\r\n$/;
  let person = 0;
  for (const pattern of [values, claimed, kept]) {
    for (const wrong of [...wrongShapes, '*2\r\n$16\r\nxxxxxxxxxxxxxxxx\r\n:7\r\n']) {
      if (pattern === kept && wrong === ':1\r\n') continue;
      const done = front.garble(pattern, wrong, 1);
      person += 1;
      const question = { pin: `0991900001${person}` };
      t.match(await ask(gateway, countedLoad(), question), { source: 'registry' }, JSON.stringify(wrong));
      t.equal(done(), 1);
      await eventually(() => gateway.link.isUp());
    }
  }
  t.notOk(gateway.events.includes('redis-hit'));
});
