/** Makes what gateways share in Redis: answers and quotas, each with its form for one gateway alone where Redis is not configured. */

import { randomUUID } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { OwedMark } from './cache/invalidation.ts';
import { createMemoryCache } from './cache/memory-cache.ts';
import { createRegistryAlone } from './cache/next-level.ts';
import { cacheScripts } from './cache/shared-answers.ts';
import { createSharedCache } from './cache/shared-cache.ts';
import type { Company } from './company.ts';
import type { Configuration } from './config.ts';
import { ConfigError } from './config-reader.ts';
import type { AnswerCache, Clock, Quota } from './exchange/ports.ts';
import { readKeyFile } from './key-file.ts';
import { createLeasedQuota } from './quota/leased-quota.ts';
import { createMemoryQuota } from './quota/memory-quota.ts';
import { createSharedQuota, quotaScripts } from './quota/shared-quota.ts';
import { createRedisLink, type RedisLink } from './redis/link.ts';
import type { RedisObserver } from './redis/news.ts';
import type { RedisSecrets, RedisSettings } from './redis/settings.ts';
import { RedisAway } from './redis/trouble.ts';
import type { Dependency } from './telemetry/health.ts';
import type { Logger } from './telemetry/logger.ts';
import type { Metrics } from './telemetry/metrics.ts';

export interface SharedPlace {
  readonly configuration: Configuration;
  /** A file in it says that a forgetting is owed. */
  readonly dataFolder: string;
  readonly company: Company | undefined;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

export interface Shared {
  readonly cache: AnswerCache;
  /** Another worker forgets these people, and tells Redis. */
  readonly forgetHere: (personalNumbers: readonly string[]) => void;
  readonly quota: Quota;
  /** None where Redis is not configured. */
  readonly health: readonly Dependency[];
  close(): Promise<void>;
}

/** Never waits for Redis. Throws ConfigError where a file that the configuration names cannot be used. */
export async function openShared(place: SharedPlace): Promise<Shared> {
  const { configuration, clock, metrics, logger } = place;
  const { redis: settings, cache, quota } = configuration.gateway;
  const alone = createMemoryQuota(quota, clock);
  const lend = place.company?.lend;
  const local =
    lend === undefined ? alone : createLeasedQuota({ ...quota, lend, local: alone, clock, observer: metrics });
  if (settings === undefined) {
    const next = createRegistryAlone(clock, cache, Math.random);
    const memory = createMemoryCache(cache, clock, { next, refresh: cache, observer: metrics });
    return {
      cache: memory,
      forgetHere: memory.drop,
      quota: local,
      health: [],
      close: async () => undefined,
    };
  }
  const id = randomUUID();
  const redis = createRedisLink({
    settings,
    secrets: await readSecrets(configuration, settings),
    scripts: { ...cacheScripts, ...quotaScripts },
    observer: observerOf(metrics, logger),
    id,
    random: Math.random,
  });
  const shared = createSharedCache({
    redis,
    // The schema demands it.
    secret: await readKeyFile(configuration.folder, cache.keyFile ?? '', '/cache/keyFile'),
    id,
    settings: cache,
    owedMark: await openOwedMark(place),
    clock,
    random: Math.random,
    observer: metrics,
  });
  redis.start();
  return {
    cache: shared,
    forgetHere: shared.forgetHere,
    quota: createSharedQuota({ redis, local, settings: quota, clock, observer: metrics }),
    health: [healthOf(redis)],
    close: redis.close,
  };
}

function observerOf(metrics: Metrics, logger: Logger): RedisObserver {
  return {
    up() {
      metrics.redisUp(true);
      logger.info({}, 'answers and quotas are shared by Redis');
    },
    down(trouble) {
      metrics.redisUp(false);
      logger.warn({ trouble }, 'Redis cannot be used: answers and quotas are shared by nobody until it can');
    },
    hindered(trouble) {
      metrics.redisUp(trouble === undefined);
      if (trouble === undefined) logger.info({}, 'Redis takes writes again: answers and quotas are shared');
      else
        logger.warn({ trouble }, 'Redis takes no writes: nothing new is shared, and each gateway counts quotas alone');
    },
    failed: metrics.redisFailed,
  };
}

function healthOf(redis: RedisLink): Dependency {
  return {
    name: 'redis',
    vital: false,
    check: async () => {
      const trouble = redis.trouble();
      if (trouble !== undefined) throw new RedisAway(trouble);
    },
  };
}

async function readSecrets({ folder }: Configuration, settings: RedisSettings): Promise<RedisSecrets> {
  const { passwordFile, sentinelPasswordFile, tls = {} } = settings;
  const read = async (file: string | undefined, at: string) => {
    if (file === undefined) return undefined;
    return readFile(path.resolve(folder, file), 'utf8').catch((error: NodeJS.ErrnoException) => {
      const message = `cannot be read (${error.code})`;
      throw new ConfigError([{ file: 'gateway.yaml', at: `/redis/${at}`, message }]);
    });
  };
  const present = <T extends object>(values: T) =>
    Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
  return {
    ...present({
      password: (await read(passwordFile, 'passwordFile'))?.trim(),
      sentinelPassword: (await read(sentinelPasswordFile, 'sentinelPasswordFile'))?.trim(),
    }),
    tls: present({
      ca: await read(tls.caFile, 'tls/caFile'),
      cert: await read(tls.certFile, 'tls/certFile'),
      key: await read(tls.keyFile, 'tls/keyFile'),
      servername: tls.serverName,
    }),
  };
}

/** Of each worker: whoever takes its place owes what it owed. */
async function openOwedMark({ dataFolder, company }: SharedPlace): Promise<OwedMark> {
  const file = path.join(dataFolder, `redis-forgetting-owed${company === undefined ? '' : `-${company.number}`}`);
  const found = await readFile(file).catch(() => undefined);
  let isSet = found !== undefined;
  return {
    isSet,
    async set() {
      if (isSet) return;
      isSet = true;
      await writeFile(file, '');
    },
    async clear() {
      if (!isSet) return;
      isSet = false;
      await rm(file, { force: true });
    },
  };
}
