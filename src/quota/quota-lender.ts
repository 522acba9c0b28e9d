/** Lends the tokens of an agreement's one bucket to several processes, so that together they grant no more than it holds. */

import { LRUCache } from 'lru-cache';
import type { Clock } from '../exchange/ports.ts';
import type { QuotaPolicy, QuotaState } from '../exchange/types.ts';
import type { MemoryQuotaSettings } from './memory-quota.ts';
import { type Bucket, fullBucket, stateOf, takeTokens } from './token-bucket.ts';

export interface LeaseRequest {
  readonly agreementId: string;
  readonly policy: QuotaPolicy;
  /** Tokens, whole. */
  readonly wanted: number;
  /** Of an earlier lease, not used in its time. */
  readonly returned: number;
}

export interface Lease {
  /** 0 where there is none. */
  readonly tokens: number;
  /** Of the bucket without them; `granted` where there are any. */
  readonly state: QuotaState;
}

export interface QuotaLender {
  lend(request: LeaseRequest): Lease;
}

export interface QuotaLenderSettings extends MemoryQuotaSettings {
  /** Of the burst, that one lease may take; one token at least. */
  readonly leasePercent: number;
}

export function createQuotaLender({ bucketsMax, leasePercent }: QuotaLenderSettings, clock: Clock): QuotaLender {
  const buckets = new LRUCache<string, Bucket>({ max: bucketsMax });
  return {
    lend({ agreementId, policy, wanted, returned }) {
      const nowMs = clock.nowMs();
      const bucket = buckets.get(agreementId) ?? fullBucket(policy, nowMs);
      buckets.set(agreementId, bucket);
      bucket.tokens = Math.min(policy.burst, bucket.tokens + returned);
      const tokensMax = Math.max(1, Math.floor((policy.burst * leasePercent) / 100));
      const tokens = takeTokens(bucket, policy, Math.min(wanted, tokensMax), nowMs);
      return { tokens, state: stateOf(bucket, policy, tokens > 0) };
    },
  };
}
