/** Holds each agreement to its quota over all gateways: tokens are leased from a bucket in Redis and spent without asking it. */

import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { LRUCache } from 'lru-cache';
import type { Clock, Quota } from '../exchange/ports.ts';
import type { Charged, QuotaPolicy, QuotaState } from '../exchange/types.ts';
import type { RedisScripts } from '../redis/client.ts';
import type { Redis } from '../redis/link.ts';
import { bytesOf, demandToken, garbled, listOf, wholeNumber } from '../redis/replies.ts';
import { roundingTokens, stateOf } from './token-bucket.ts';

export interface SharedQuotaSettings {
  /** Leases kept; the tokens of one that is pushed out are lost. */
  readonly bucketsMax: number;
  /** Share of a burst that a gateway may hold at once; one token at least. */
  readonly leasePercentMax: number;
  /** After which tokens that were not spent go back. */
  readonly leaseMs: number;
}

export interface SharedQuotaDependencies {
  readonly redis: Redis;
  /** Counts while Redis is away. */
  readonly local: Quota;
  readonly settings: SharedQuotaSettings;
  readonly clock: Clock;
  readonly observer: QuotaObserver;
}

export interface QuotaObserver {
  /** A request was counted by this gateway alone. */
  quotaCountedAlone(): void;
}

interface Lease {
  tokens: number;
  /** Of this lease; what a next one is sized by. */
  spent: number;
  /** What the bucket held when it was asked last. */
  bucketTokens: number;
  takenAtMs: number;
  /** Charges that Redis is asked for. */
  waiting: ((state: QuotaState | undefined) => void)[];
  isAsking: boolean;
}

const takeTokens = 'takeTokens';

export const quotaScripts: RedisScripts = {
  [takeTokens]: { lua: readFileSync(new URL('take-tokens.lua', import.meta.url), 'utf8'), keys: 1 },
};

export function createSharedQuota({ redis, local, settings, clock, observer }: SharedQuotaDependencies): Quota {
  const leases = new LRUCache<string, Lease>({ max: settings.bucketsMax });

  function chargeAlone(charged: Charged): QuotaState | Promise<QuotaState> {
    observer.quotaCountedAlone();
    return local.charge(charged);
  }

  function leaseOf({ agreementId, quota }: Charged): Lease {
    const known = leases.get(agreementId);
    if (known !== undefined) return known;
    const lease = { tokens: 0, spent: 0, bucketTokens: quota.burst, takenAtMs: 0, waiting: [], isAsking: false };
    leases.set(agreementId, lease);
    return lease;
  }

  /** Undefined where only Redis can tell. */
  function chargeLease(lease: Lease, policy: QuotaPolicy, ageMs: number): QuotaState | undefined {
    if (ageMs < 0 || ageMs >= settings.leaseMs) return undefined;
    const filled = Math.min(policy.burst, lease.bucketTokens + (ageMs / 1000) * policy.requestsPerSecond);
    if (lease.tokens > 0) {
      lease.tokens -= 1;
      lease.spent += 1;
      return stateOf({ tokens: Math.min(policy.burst, filled + lease.tokens) }, policy, true);
    }
    // Others can only take from the bucket: until it holds a token again, asking brings nothing.
    return filled < 1 - roundingTokens ? stateOf({ tokens: filled }, policy, false) : undefined;
  }

  /** True where the bucket has no more. Throws RedisAway: what was taken then is lost, and nobody gets too much. */
  async function takeFromBucket(charged: Charged, lease: Lease): Promise<boolean> {
    const { burst, requestsPerSecond } = charged.quota;
    const key = `${redis.keyPrefix}quota:${encodeURIComponent(charged.agreementId)}`;
    const heldMax = Math.max(1, Math.floor((burst * settings.leasePercentMax) / 100));
    // A lease that was too small for its time is followed by a larger one.
    const needed = lease.tokens === 0 ? 2 * lease.spent : lease.spent;
    const wanted = Math.max(lease.waiting.length, Math.min(heldMax, needed));
    const takenAtMs = clock.nowMs();
    const token = randomBytes(12).toString('base64url');
    const values = [burst, requestsPerSecond, wanted, lease.tokens, token];
    lease.tokens = 0;
    const taken = await redis.run(async (commands) => {
      const [tokens, bucketTokens, echoed] = listOf(await commands.script(takeTokens, [key], values), 3);
      demandToken(echoed, token);
      return { tokens: wholeNumber(tokens, wanted), bucketTokens: tokensOf(bucketTokens, burst) };
    });
    Object.assign(lease, { ...taken, spent: 0, takenAtMs });
    return taken.tokens < wanted;
  }

  /** One question at a time; who comes meanwhile is part of the next one. */
  async function ask(charged: Charged, lease: Lease): Promise<void> {
    lease.isAsking = true;
    // Whoever charges in this turn of the event loop is asked for, too.
    await undefined;
    while (lease.waiting.length > 0) {
      const isEmpty = await takeFromBucket(charged, lease).catch(() => undefined);
      for (const answer of lease.waiting.splice(0, isEmpty === false ? lease.tokens : lease.waiting.length)) {
        answer(isEmpty === undefined ? undefined : chargeAnew(lease, charged.quota));
      }
    }
    lease.isAsking = false;
  }

  function chargeAnew(lease: Lease, policy: QuotaPolicy): QuotaState {
    const granted = lease.tokens > 0;
    if (granted) {
      lease.tokens -= 1;
      lease.spent += 1;
    }
    return stateOf({ tokens: Math.min(policy.burst, lease.bucketTokens + lease.tokens) }, policy, granted);
  }

  return {
    charge(charged) {
      if (!redis.isUp()) return chargeAlone(charged);
      const lease = leaseOf(charged);
      if (!lease.isAsking) {
        const state = chargeLease(lease, charged.quota, clock.nowMs() - lease.takenAtMs);
        if (state !== undefined) return state;
      }
      const answer = new Promise<QuotaState | undefined>((resolve) => lease.waiting.push(resolve));
      if (!lease.isAsking) void ask(charged, lease);
      return answer.then((state) => state ?? chargeAlone(charged));
    },
  };
}

function tokensOf(reply: unknown, burst: number): number {
  const tokens = Number(bytesOf(reply).toString('latin1') || Number.NaN);
  if (!(tokens >= 0 && tokens <= burst)) throw garbled();
  return tokens;
}
