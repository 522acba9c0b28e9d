/** How often each of many may do something: a bucket for each, and memory for so many of them. */

import { LRUCache } from 'lru-cache';
import type { Clock } from '../exchange/ports.ts';

export interface BucketSettings {
  readonly perSecond: number;
  /** At once. */
  readonly burst: number;
  /** Names of which that is remembered; one that is pushed out may begin anew. */
  readonly namesMax: number;
}

export interface Buckets {
  /** Takes one. Gives 0 where there was one, else how long until there is the next, milliseconds. */
  take(name: string): number;
}

interface Bucket {
  tokens: number;
  filledAtMs: number;
}

export function createBuckets({ perSecond, burst, namesMax }: BucketSettings, clock: Clock): Buckets {
  const buckets = new LRUCache<string, Bucket>({ max: namesMax });
  return {
    take(name) {
      const nowMs = clock.nowMs();
      const bucket = buckets.get(name) ?? { tokens: burst, filledAtMs: nowMs };
      const refilled = (Math.max(0, nowMs - bucket.filledAtMs) / 1000) * perSecond;
      bucket.tokens = Math.min(burst, bucket.tokens + refilled);
      bucket.filledAtMs = nowMs;
      buckets.set(name, bucket);
      if (bucket.tokens < 1) return ((1 - bucket.tokens) / perSecond) * 1000;
      bucket.tokens -= 1;
      return 0;
    },
  };
}
