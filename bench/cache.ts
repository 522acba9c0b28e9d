/** What an answer costs by where it is kept: in memory, in Redis, or bare Redis with nothing around it. Run by hand: node bench/cache.ts REDIS_URL */

import { randomBytes } from 'node:crypto';
import { cacheScripts } from '../src/cache/shared-answers.ts';
import { createSharedCache, type SharedCacheSettings } from '../src/cache/shared-cache.ts';
import type { AnswerCache } from '../src/exchange/ports.ts';
import type { QueryService } from '../src/exchange/types.ts';
import { createRedisLink, type RedisLink } from '../src/redis/link.ts';
import { spreadOf } from './statistics.ts';

const [, , url = 'redis://127.0.0.1:6379'] = process.argv;
const rounds = 5;
const inFlight = 64;
const people = 1000;
const asked = 20_000;
const answer = { found: true, person: { fullName: 'Nguyễn Thị Hòa', residence: 'x'.repeat(700) } };
const { signal } = new AbortController();

/** Only what a cache looks at. */
const service = {
  key: 'VN/GOV/G01/population/get-person/v1',
  cacheTtlMs: 3_600_000,
  negativeTtlMs: 15_000,
  staleIfErrorMs: 0,
  timeoutMs: 2000,
  subjectOf: ({ pin }) => String(pin),
} as Partial<QueryService> as QueryService;

const settings: SharedCacheSettings = {
  entriesMax: 10_000,
  bytesMax: 100_000_000,
  refreshAfterPercent: 100,
  refreshesMax: 1,
  jitterPercent: 0,
  sharedAnswerBytesMax: 262_144,
  lockMs: 2000,
  lockPollMs: 10,
  invalidationLagMsMax: 3_600_000,
  clockSkewMsMax: 1000,
  forgottenMax: 1000,
  forgottenAgainMs: 0,
};

async function openRedis(): Promise<RedisLink> {
  const up = Promise.withResolvers<void>();
  const limits = { timeoutMs: 2000, connectTimeoutMs: 2000, retryMs: 100, retryMsMax: 1000 };
  const link = createRedisLink({
    settings: { url, keyPrefix: 'bench:', ...limits },
    secrets: {},
    scripts: cacheScripts,
    observer: { up: up.resolve, down: (trouble) => up.reject(new Error(`Redis: ${trouble}`)), failed: () => undefined },
    random: Math.random,
  });
  return Object.assign(link, { up: up.promise });
}

function openCache(redis: RedisLink, secret: Uint8Array, lagMs: number): AnswerCache {
  return createSharedCache({
    redis,
    secret,
    id: 'bench',
    settings: { ...settings, invalidationLagMsMax: lagMs },
    owedMark: { isSet: false, set: async () => undefined, clear: async () => undefined },
    clock: { nowMs: Date.now },
    random: Math.random,
    observer: { cacheEvent: () => undefined },
  });
}

/** Answers a second, so many asked for at once. */
async function rateOf(ask: (person: number) => unknown): Promise<number> {
  const startMs = performance.now();
  let next = 0;
  const caller = async () => {
    while (next < asked) await ask(next++ % people);
  };
  await Promise.all(Array.from({ length: inFlight }, caller));
  return asked / ((performance.now() - startMs) / 1000);
}

const redis = await openRedis();
const secret = randomBytes(32);
const [inMemory, inRedis] = [openCache(redis, secret, 3_600_000), openCache(redis, secret, 0)];
redis.start();
await (redis as RedisLink & { readonly up: Promise<void> }).up;
const through = (cache: AnswerCache) => (person: number) =>
  cache.through(
    service,
    { pin: String(person) },
    () => signal,
    async () => answer,
  );
const places = Array.from({ length: people }, (_one, person) => [`bench:{${person}}g`, `bench:{${person}}a`]);
const bare = async (person: number) => {
  const [, text] = await redis.run(({ read }) => read(...(places[person] as string[])));
  return text && JSON.parse(text.toString());
};
await rateOf(through(inMemory));
const rates = { memory: [] as number[], redis: [] as number[], bare: [] as number[] };
for (let round = 0; round < rounds; round += 1) {
  rates.memory.push(await rateOf(through(inMemory)));
  rates.redis.push(await rateOf(through(inRedis)));
  rates.bare.push(await rateOf(bare));
}
for (const [name, values] of Object.entries(rates)) {
  const { median, min, max } = spreadOf(values);
  console.log(`${name}: ${median.toFixed(0)} answers/s (${min.toFixed(0)} to ${max.toFixed(0)})`);
}
await redis.close();
