/** Holds each agreement to its quota with a token bucket in this process's memory. */

import { LRUCache } from 'lru-cache';
import type { Clock, Quota } from '../exchange/ports.ts';
import type { Charged, QuotaState } from '../exchange/types.ts';
import { type Bucket, fullBucket, stateOf, takeTokens } from './token-bucket.ts';

export interface MemoryQuotaSettings {
  /** Buckets kept; a bucket that is pushed out starts full again. */
  readonly bucketsMax: number;
}

export function createMemoryQuota(settings: MemoryQuotaSettings, clock: Clock): Quota {
  const buckets = new LRUCache<string, Bucket>({ max: settings.bucketsMax });

  function newBucket({ agreementId, quota }: Charged, nowMs: number): Bucket {
    const bucket = fullBucket(quota, nowMs);
    buckets.set(agreementId, bucket);
    return bucket;
  }

  return {
    charge(charged: Charged): QuotaState {
      const policy = charged.quota;
      const nowMs = clock.nowMs();
      const bucket = buckets.get(charged.agreementId) ?? newBucket(charged, nowMs);
      return stateOf(bucket, policy, takeTokens(bucket, policy, 1, nowMs) === 1);
    },
  };
}
