/** The arithmetic of a token bucket: filled with time, never above its burst. */

import type { QuotaPolicy, QuotaState } from '../exchange/types.ts';

export interface Bucket {
  tokens: number;
  filledAtMs: number;
}

/** Ten refills of a tenth are a little less than one: whoever waited as long as told must not be refused for that. */
export const roundingTokens = 1e-6;

export const fullBucket = ({ burst }: QuotaPolicy, nowMs: number): Bucket => ({ tokens: burst, filledAtMs: nowMs });

/** So many as there are, `wanted` at most; whole ones. */
export function takeTokens(bucket: Bucket, policy: QuotaPolicy, wanted: number, nowMs: number): number {
  refill(bucket, policy, nowMs);
  const taken = Math.min(wanted, Math.floor(bucket.tokens + roundingTokens));
  bucket.tokens = Math.max(0, bucket.tokens - taken);
  return taken;
}

export function stateOf(bucket: Pick<Bucket, 'tokens'>, policy: QuotaPolicy, granted: boolean): QuotaState {
  return {
    policy,
    granted,
    remaining: Math.floor(bucket.tokens),
    resetSeconds: Math.ceil((policy.burst - bucket.tokens) / policy.requestsPerSecond),
    retryAfterSeconds: granted ? 0 : Math.max(1, Math.ceil((1 - bucket.tokens) / policy.requestsPerSecond)),
  };
}

function refill(bucket: Bucket, policy: QuotaPolicy, nowMs: number): void {
  // A clock set back must not drain the bucket, and counts from its new time on.
  const elapsedMs = Math.max(0, nowMs - bucket.filledAtMs);
  bucket.tokens = Math.min(policy.burst, bucket.tokens + (elapsedMs / 1000) * policy.requestsPerSecond);
  bucket.filledAtMs = nowMs;
}
