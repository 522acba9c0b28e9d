/** Caches that share a Redis as gateways do, with what a test wants to be different. */

import { cacheScripts } from '../../src/cache/shared-answers.ts';
import { createSharedCache, type SharedCacheSettings } from '../../src/cache/shared-cache.ts';
import type { AnswerCache, Clock } from '../../src/exchange/ports.ts';
import type { RedisLink } from '../../src/redis/link.ts';
import type { RedisSettings } from '../../src/redis/settings.ts';
import { eventually } from './eventually.ts';
import { makeLink } from './redis-fixture.ts';
import type { Teardown } from './servers.ts';

export interface CacheOptions {
  readonly clock?: Clock;
  readonly secret?: Uint8Array;
  readonly url?: string;
  readonly redis?: Partial<RedisSettings>;
  readonly settings?: Partial<SharedCacheSettings>;
  readonly owed?: { isSet: boolean };
}

export interface OpenCache {
  readonly cache: AnswerCache;
  readonly link: RedisLink;
  readonly events: string[];
}

const shortLimits: SharedCacheSettings = {
  entriesMax: 100,
  bytesMax: 1_000_000,
  refreshAfterPercent: 100,
  refreshesMax: 4,
  jitterPercent: 0,
  sharedAnswerBytesMax: 10_000,
  lockMs: 300,
  lockPollMs: 5,
  invalidationLagMsMax: 5000,
  unconfirmedMsMax: 60_000,
  unconfirmedRefreshesPerSecond: 10,
  clockSkewMsMax: 1000,
  forgottenMax: 100,
  forgottenAgainMs: 60_000,
};

let prefixes = 0;
export const newPrefix = () => `c${prefixes++}:`;

/** Up. */
export async function openCache(t: Teardown, keyPrefix: string, options: CacheOptions): Promise<OpenCache> {
  const { clock = { nowMs: Date.now }, secret = Buffer.alloc(32, 7), url = '', owed = { isSet: false } } = options;
  const link = makeLink(t, url, { scripts: cacheScripts, settings: { keyPrefix, ...options.redis } });
  const events: string[] = [];
  const cache = createSharedCache({
    redis: link,
    secret,
    id: `${Math.random()}`,
    settings: { ...shortLimits, ...options.settings },
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
