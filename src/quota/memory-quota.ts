/** Holds each agreement to its quota with a token bucket in this process's memory. */

import { LRUCache } from 'lru-cache';
import type { Clock, Quota } from '../exchange/ports.ts';
import type { Grant, QuotaPolicy, QuotaState } from '../exchange/types.ts';
import { bucketState, roundingTokens } from './bucket-state.ts';

interface Bucket {
  tokens: number;
  filledAtMs: number;
}

export interface MemoryQuotaSettings {
  /** Buckets kept; a bucket that is pushed out starts full again. */
  readonly bucketsMax: number;
}

export function createMemoryQuota(settings: MemoryQuotaSettings, clock: Clock): Quota {
  const buckets = new LRUCache<string, Bucket>({ max: settings.bucketsMax });

  function newBucket({ agreementId, quota }: Grant, nowMs: number): Bucket {
    const bucket = { tokens: quota.burst, filledAtMs: nowMs };
    buckets.set(agreementId, bucket);
    return bucket;
  }

  return {
    charge(grant: Grant): QuotaState {
      const policy = grant.quota;
      const nowMs = clock.nowMs();
      const bucket = buckets.get(grant.agreementId) ?? newBucket(grant, nowMs);
      refill(bucket, policy, nowMs);
      const granted = bucket.tokens >= 1 - roundingTokens;
      if (granted) bucket.tokens = Math.max(0, bucket.tokens - 1);
      return bucketState(bucket.tokens, policy, granted);
    },
  };
}

function refill(bucket: Bucket, policy: QuotaPolicy, nowMs: number): void {
  // A clock set back must not drain the bucket, and counts from its new time on.
  const elapsedMs = Math.max(0, nowMs - bucket.filledAtMs);
  bucket.tokens = Math.min(policy.burst, bucket.tokens + (elapsedMs / 1000) * policy.requestsPerSecond);
  bucket.filledAtMs = nowMs;
}
