/** When a failed delivery is tried again, and when it is not. */

import type { RetryPolicy } from '../exchange/services.ts';

export interface FailedDelivery {
  readonly policy: RetryPolicy;
  /** Failed attempts of the leg, this one included. */
  readonly tries: number;
  /** Since when it has been tried, without what held it, and anew since it was redelivered. */
  readonly sinceMs: number;
  readonly nowMs: number;
  /** 0 to 1, without 1. */
  readonly random: number;
  /** What the registry asked for, if it did. */
  readonly retryAfterMs?: number | undefined;
}

const hourMs = 3_600_000;

/** Unix milliseconds; undefined where it has been tried often or long enough. */
export function nextTryMs(failed: FailedDelivery): number | undefined {
  const { policy, tries, sinceMs, nowMs, random, retryAfterMs = 0 } = failed;
  if (tries >= policy.triesMax || isTooOld(policy, sinceMs, nowMs)) return undefined;
  // Not before the registry wants it, but no registry may put a message off for ever.
  return nowMs + Math.max(backoffMs(policy, tries, random), Math.min(retryAfterMs, policy.backoffMaxMs));
}

export function isTooOld({ ageHoursMax }: RetryPolicy, sinceMs: number, nowMs: number): boolean {
  return nowMs - sinceMs >= ageHoursMax * hourMs;
}

/** Doubles with each try up to the limit; half of it is chance, so that what failed together does not come together again. */
function backoffMs({ backoffMinMs, backoffMaxMs }: RetryPolicy, tries: number, random: number): number {
  const wholeMs = Math.min(backoffMaxMs, backoffMinMs * 2 ** Math.min(tries - 1, 30));
  return Math.ceil(wholeMs / 2 + (wholeMs / 2) * random);
}
