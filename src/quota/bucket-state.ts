/** Tells what a bucket holds as the reply's headers need it. */

import type { QuotaPolicy, QuotaState } from '../exchange/types.ts';

/** Ten refills of a tenth are a little less than one: whoever waited as long as told must not be refused for that. */
export const roundingTokens = 1e-6;

export function bucketState(tokens: number, policy: QuotaPolicy, granted: boolean): QuotaState {
  return {
    policy,
    granted,
    remaining: Math.floor(tokens),
    resetSeconds: Math.ceil((policy.burst - tokens) / policy.requestsPerSecond),
    retryAfterSeconds: granted ? 0 : Math.max(1, Math.ceil((1 - tokens) / policy.requestsPerSecond)),
  };
}
