/** The level behind memory that gateways share: an answer from Redis, or one load for all of them, or, without Redis, the registry. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../exchange/ports.ts';
import { createPatience, type Patience } from '../redis/patience.ts';
import { RedisAway } from '../redis/trouble.ts';
import type { CacheKey, OpenedAnswer, SealedAnswer } from './cache-key.ts';
import type { Found, Load, NextLevel, RegistryLevel, Wanted } from './next-level.ts';
import type { Claim, SharedAnswers } from './shared-answers.ts';
import { type Wait, withRestOf } from './wait.ts';

export interface RedisLevelSettings {
  readonly refreshAfterPercent: number;
  /** How long one gateway may load while the others wait for it. */
  readonly lockMs: number;
  /** How often those look, at first; more and more rarely up to ten times that. */
  readonly lockPollMs: number;
  /** How long an answer is served from memory before Redis is asked whether it still holds. */
  readonly invalidationLagMsMax: number;
  /** How far gateways' clocks may be apart. */
  readonly clockSkewMsMax: number;
}

export type SharedEvent = 'redis-hit' | 'redis-miss' | 'waited' | 'outdated' | 'not-shared';

export interface RedisLevelSetup {
  readonly isUp: () => boolean;
  /** How long an exchange waits for Redis, over all its commands. */
  readonly patienceMs: number;
  readonly key: CacheKey;
  readonly answers: SharedAnswers;
  readonly registry: RegistryLevel;
  readonly settings: RedisLevelSettings;
  readonly clock: Clock;
  readonly onEvent: (event: SharedEvent) => void;
}

type Turn = { readonly found: Found } | { readonly claim: Claim };

export function createRedisLevel(setup: RedisLevelSetup): NextLevel {
  const { isUp, patienceMs, key, answers, registry, settings, clock, onEvent } = setup;

  function patienceOf(wanted: Wanted): Patience {
    wanted.patience ??= createPatience(patienceMs - wanted.waitedMs);
    return wanted.patience;
  }

  function foundOf(stored: OpenedAnswer, generation: string, source: 'cache' | 'stale', askedAtMs: number): Found {
    const confirmedUntilMs = askedAtMs + settings.invalidationLagMsMax;
    // Another gateway's clock may be a little ahead.
    const storedAtMs = Math.min(stored.storedAtMs, clock.nowMs());
    return { ...stored, storedAtMs, source, level: 'redis', registryMs: 0, confirmedUntilMs, generation };
  }

  function isWithin({ storedAtMs }: SealedAnswer, forMs: number): boolean {
    const ageMs = clock.nowMs() - storedAtMs;
    return ageMs >= -settings.clockSkewMsMax && ageMs < forMs;
  }

  /** What may be served; `isDue` where it should be loaded anew behind that. */
  async function look(
    wanted: Wanted,
    patience: Patience,
  ): Promise<{ readonly found: Found; readonly isDue: boolean } | undefined> {
    const askedAtMs = clock.nowMs();
    const { generation, stored } = await answers.find(wanted, patience);
    if (generation === undefined) return undefined;
    if (stored !== undefined && isWithin(stored, stored.ttlMs)) {
      const isDue = !isWithin(stored, (stored.ttlMs * settings.refreshAfterPercent) / 100);
      return { found: foundOf(stored, generation, 'cache', askedAtMs), isDue };
    }
    const { held } = wanted;
    // Redis may have made room by letting the answer go: that its person was not forgotten is all that counts.
    if (held === undefined || held.generation !== generation || !isWithin(held, held.ttlMs)) return undefined;
    const confirmedUntilMs = askedAtMs + settings.invalidationLagMsMax;
    return { found: { ...held, source: 'cache', level: 'memory', confirmedUntilMs }, isDue: true };
  }

  async function takeTurn(wanted: Wanted, wait: Wait, signal: AbortSignal): Promise<Turn> {
    const lockMs = Math.min(settings.lockMs, wanted.service.timeoutMs);
    let patience = patienceOf(wanted);
    for (let pauseMs = settings.lockPollMs; ; pauseMs = Math.min(2 * pauseMs, 10 * settings.lockPollMs)) {
      const seen = await look(wanted, patience);
      if (seen !== undefined && !(wanted.isRefresh && seen.isDue)) return { found: seen.found };
      const claim = await answers.claim(wanted, lockMs, patience);
      if (claim.isFirst) return wait.sinceMs === undefined ? { claim } : afterAnother(wanted, claim, patience);
      // Another gateway refreshes it.
      if (seen !== undefined) return { found: seen.found };
      if (wait.sinceMs === undefined) onEvent('waited');
      wait.sinceMs ??= performance.now();
      const leftMs = wait.sinceMs + lockMs - performance.now();
      if (leftMs <= 0) return { claim };
      await sleep(Math.min(pauseMs, leftMs), undefined, { signal });
      // To ask again is part of this wait, not of what the exchange waits for Redis: the load may take much longer than that.
      const restMs = wanted.service.timeoutMs - (performance.now() - wait.sinceMs);
      patience = createPatience(Math.min(patienceMs, Math.max(1, restMs)));
    }
  }

  /** Between the last look and the claim whoever was first may have ended. */
  async function afterAnother(wanted: Wanted, claim: Claim, patience: Patience): Promise<Turn> {
    const seen = await look(wanted, patience);
    if (seen === undefined || (wanted.isRefresh && seen.isDue)) return { claim };
    await answers.release(wanted, claim, patience);
    return { found: seen.found };
  }

  async function loadAndShare(wanted: Wanted, claim: Claim, signal: AbortSignal, load: Load): Promise<Found> {
    const loaded = await registry.fetch(wanted, signal, load).catch(async (error: unknown) => {
      await answers.release(wanted, claim, patienceOf(wanted)).catch(demandAway);
      throw error;
    });
    const found = { ...loaded, generation: claim.generation };
    const isKept = await answers.keep(wanted, claim, found, patienceOf(wanted)).catch(demandAway);
    if (isKept === undefined) onEvent('not-shared');
    if (isKept !== false) return found;
    onEvent('outdated');
    return { ...found, isOutdated: true };
  }

  return {
    subjectName: key.subjectName,
    async fetch(wanted, signal, load) {
      if (wanted.service.cacheTtlMs === 0 || !isUp()) return registry.fetch(wanted, signal, load);
      const wait: Wait = { sinceMs: undefined };
      const turn = await takeTurn(wanted, wait, signal).catch(demandAway);
      onEvent(turn === undefined ? 'not-shared' : 'found' in turn ? 'redis-hit' : 'redis-miss');
      const loadInTime = withRestOf(wait, wanted.service, load);
      if (turn === undefined) return registry.fetch(wanted, signal, loadInTime);
      return 'found' in turn ? turn.found : loadAndShare(wanted, turn.claim, signal, loadInTime);
    },
    async bridge(wanted) {
      const { service, held } = wanted;
      const askedAtMs = clock.nowMs();
      const lookup = isUp() ? await answers.find(wanted, patienceOf(wanted)).catch(demandAway) : undefined;
      if (lookup === undefined) return 'own';
      const { generation, stored } = lookup;
      if (generation === undefined) return 'nothing';
      if (stored !== undefined && isWithin(stored, stored.ttlMs + service.staleIfErrorMs)) {
        return foundOf(stored, generation, 'stale', askedAtMs);
      }
      return held?.generation === generation ? 'own' : 'nothing';
    },
  };
}

/** Redis is away: go on without. Anything else is a fault of the gateway's. */
function demandAway(error: unknown): undefined {
  if (!(error instanceof RedisAway)) throw error;
}
