/** Holds each agreement to its quota together with other processes: tokens are borrowed from the one bucket, a few at a time. */

import { LRUCache } from 'lru-cache';
import type { Clock, Quota } from '../exchange/ports.ts';
import type { Charged, QuotaState } from '../exchange/types.ts';
import type { MemoryQuotaSettings } from './memory-quota.ts';
import type { Lease, LeaseRequest } from './quota-lender.ts';
import type { QuotaObserver } from './shared-quota.ts';

export interface LeasedQuotaSetup extends MemoryQuotaSettings {
  /** Rejects where nobody lends; soon, for an exchange waits for it. */
  readonly lend: (request: LeaseRequest) => Promise<Lease>;
  /** Counts while nobody lends. */
  readonly local: Quota;
  readonly clock: Clock;
  readonly observer: QuotaObserver;
}

interface Borrowed {
  tokens: number;
  /** Of the lease that they come from. */
  size: number;
  leasedAtMs: number;
  state: QuotaState;
  refusedUntilMs: number;
  asking: Promise<void> | undefined;
}

/** Tokens that are not used by then go back, for others may want them; who got no answer asks again no sooner. */
const leaseMs = 1000;
/** Who uses up a lease within this time takes twice as many the next time. */
const quickMs = 100;

/** Who asks seldom borrows one token a request; so small bursts are exact, and large ones cost one question for many requests. */
export function createLeasedQuota({ lend, local, clock, bucketsMax, observer }: LeasedQuotaSetup): Quota {
  const known = new LRUCache<string, Borrowed>({ max: bucketsMax });
  /** Undefined while somebody lends. */
  let askedInVainAtMs: number | undefined;

  function charge(charged: Charged): QuotaState | Promise<QuotaState> {
    const borrowed = known.get(charged.agreementId) ?? newBorrower(charged);
    known.set(charged.agreementId, borrowed);
    const nowMs = clock.nowMs();
    if (borrowed.tokens > 0 && isWithin(leaseMs, borrowed.leasedAtMs, nowMs)) {
      borrowed.tokens -= 1;
      const { state } = borrowed;
      return { ...state, granted: true, retryAfterSeconds: 0, remaining: state.remaining + borrowed.tokens };
    }
    if (askedInVainAtMs !== undefined) return chargeAlone(charged, borrowed, nowMs);
    if (nowMs < borrowed.refusedUntilMs) return { ...borrowed.state, granted: false };
    return ask(charged, borrowed, nowMs).then(() => charge(charged));
  }

  /** Nobody waits any more for what has not answered; whether it does again is found out beside the exchanges. */
  function chargeAlone(charged: Charged, borrowed: Borrowed, nowMs: number): QuotaState | Promise<QuotaState> {
    if (!isWithin(leaseMs, askedInVainAtMs ?? 0, nowMs)) {
      askedInVainAtMs = nowMs;
      void ask(charged, borrowed, nowMs);
    }
    observer.quotaCountedAlone();
    return local.charge(charged);
  }

  function ask(charged: Charged, borrowed: Borrowed, nowMs: number): Promise<void> {
    borrowed.asking ??= borrow(charged, borrowed, nowMs)
      .then(
        () => {
          askedInVainAtMs = undefined;
        },
        () => {
          askedInVainAtMs = clock.nowMs();
        },
      )
      .finally(() => {
        borrowed.asking = undefined;
      });
    return borrowed.asking;
  }

  async function borrow({ agreementId, quota: policy }: Charged, borrowed: Borrowed, nowMs: number): Promise<void> {
    const isQuick = borrowed.tokens === 0 && nowMs - borrowed.leasedAtMs < quickMs;
    const wanted = isQuick ? borrowed.size * 2 : 1;
    const returned = borrowed.tokens;
    borrowed.tokens = 0;
    const { tokens, state } = await lend({ agreementId, policy, wanted, returned });
    Object.assign(borrowed, { tokens, size: Math.max(1, tokens), leasedAtMs: clock.nowMs(), state });
    // About as long as a token takes: others may take it first, and then the next question says so.
    if (tokens === 0)
      borrowed.refusedUntilMs = borrowed.leasedAtMs + Math.min(leaseMs, 1000 / policy.requestsPerSecond);
  }

  return { charge };
}

/** A clock set back ends every time. */
function isWithin(ms: number, sinceMs: number, nowMs: number): boolean {
  return nowMs >= sinceMs && nowMs - sinceMs < ms;
}

function newBorrower({ quota: policy }: Charged): Borrowed {
  const state = { policy, granted: false, remaining: 0, resetSeconds: 0, retryAfterSeconds: 1 };
  return { tokens: 0, size: 1, leasedAtMs: 0, state, refusedUntilMs: 0, asking: undefined };
}
