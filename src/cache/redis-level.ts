/** The level behind memory that gateways share: an answer from Redis, or one load for all of them, or, without Redis, the registry. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../exchange/ports.ts';
import { createPatience, type Patience } from '../redis/patience.ts';
import { RedisAway } from '../redis/trouble.ts';
import type { CacheKey } from './cache-key.ts';
import { isSown } from './generation.ts';
import type { Hearing } from './hearing.ts';
import type { Judgement } from './judgement.ts';
import type { Found, Load, NextLevel, RegistryLevel, Wanted } from './next-level.ts';
import type { Claim, SharedAnswers } from './shared-answers.ts';
import { type Wait, withRestOf } from './wait.ts';

export interface RedisLevelSettings {
  /** How long one gateway may load while the others wait for it. */
  readonly lockMs: number;
  /** How often those look, at first; more and more rarely up to ten times that. */
  readonly lockPollMs: number;
}

export type SharedEvent = 'redis-hit' | 'redis-miss' | 'waited' | 'outdated' | 'not-shared' | 'resown' | 'unconfirmed';

export interface RedisLevelSetup {
  readonly isUp: () => boolean;
  /** How long an exchange waits for Redis, over all its commands. */
  readonly patienceMs: number;
  readonly key: CacheKey;
  readonly answers: SharedAnswers;
  readonly hearing: Hearing;
  readonly registry: RegistryLevel;
  readonly judge: Judgement;
  readonly settings: RedisLevelSettings;
  readonly clock: Clock;
  readonly onEvent: (event: SharedEvent) => void;
}

/** Look, claim, and what follows a claim: each has its time. */
const roundCommandsMax = 4;

type Turn = { readonly found: Found } | { readonly claim: Claim };

export function createRedisLevel(setup: RedisLevelSetup): NextLevel {
  const { isUp, patienceMs, key, answers, hearing, registry, judge, settings, clock, onEvent } = setup;

  function patienceOf(wanted: Wanted): Patience {
    wanted.patience ??= createPatience(patienceMs - wanted.waitedMs);
    return wanted.patience;
  }

  /** What may be served; `isDue` where it should be loaded anew behind that. */
  async function look(wanted: Wanted, patience: Patience) {
    const askedAtMs = clock.nowMs();
    const { generation, stored } = await answers.find(wanted, patience);
    if (generation === undefined) return undefined;
    wanted.isOutdated ||= judge.isOutdated(wanted, generation);
    if (stored !== undefined && judge.isWithin(stored, stored.ttlMs)) {
      return { found: judge.foundOf(stored, generation, 'cache', askedAtMs), isDue: judge.isDue(stored) };
    }
    // Redis may have made room by letting the answer go: that its person was not forgotten is all that counts.
    const found = judge.confirmed(wanted, generation, askedAtMs);
    return found === undefined ? undefined : { found, isDue: true };
  }

  /** What memory has is put where Redis had lost what it knew of its person. */
  async function sow(wanted: Wanted, claim: Claim, askedAtMs: number, patience: Patience): Promise<Found | undefined> {
    wanted.isOutdated ||= judge.isOutdated(wanted, claim.generation);
    const found = judge.confirmed(wanted, claim.generation, askedAtMs);
    if (found === undefined || !(await answers.keep(wanted, claim, found, patience))) return undefined;
    onEvent('resown');
    return found;
  }

  async function takeTurn(wanted: Wanted, wait: Wait, signal: AbortSignal): Promise<Turn> {
    // A line of a bulk request may wait for its registry far longer than anybody may wait for it.
    const lockMs = wanted.lane === 'bulk' ? 1 : Math.min(settings.lockMs, wanted.service.timeoutMs / 2);
    // Where nothing is wrong with an answer but that nobody confirmed it, to be told so is as good as a new one.
    const demandsNew = wanted.isRefresh && wanted.held?.isUnconfirmed !== true;
    let patience = patienceOf(wanted);
    for (let pauseMs = settings.lockPollMs; ; pauseMs = Math.min(2 * pauseMs, 10 * settings.lockPollMs)) {
      const askedAtMs = clock.nowMs();
      const seen = await look(wanted, patience);
      if (seen !== undefined && !(demandsNew && seen.isDue)) return { found: seen.found };
      const claim = await answers.claim(wanted, lockMs, patience);
      const sown = demandsNew ? undefined : await sow(wanted, claim, askedAtMs, patience);
      if (sown !== undefined) return { found: sown };
      if (claim.isFirst) return wait.sinceMs === undefined ? { claim } : takeFreed(wanted, claim, patience);
      // Another gateway refreshes it.
      if (seen !== undefined) return { found: seen.found };
      if (wait.sinceMs === undefined) onEvent('waited');
      wait.sinceMs ??= performance.now();
      const leftMs = wait.sinceMs + lockMs - performance.now();
      if (leftMs <= 0) return { claim };
      await sleep(Math.min(pauseMs, leftMs), undefined, { signal });
      // To ask again is part of this wait, not of what the exchange waits for Redis: the load may take much longer than that.
      const restMs = wanted.service.timeoutMs - (performance.now() - wait.sinceMs);
      patience = createPatience(Math.min(roundCommandsMax * patienceMs, Math.max(1, restMs)));
    }
  }

  /** Whoever held the turn may have kept its answer between the look and the claim. */
  async function takeFreed(wanted: Wanted, claim: Claim, patience: Patience): Promise<Turn> {
    const seen = await look(wanted, patience);
    if (seen === undefined) return { claim };
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

  function serveUnconfirmed(wanted: Wanted): Found | undefined {
    const found = judge.unconfirmed(wanted);
    if (found !== undefined) onEvent('unconfirmed');
    return found;
  }

  /** If the generation that is known last still stands later, it stood when this was loaded, too. */
  async function loadAlone(wanted: Wanted, signal: AbortSignal, load: Load): Promise<Found> {
    const { held, isOutdated } = wanted;
    const generation = isOutdated ? undefined : held?.generation;
    return { ...(await registry.fetch(wanted, signal, load)), generation };
  }

  return {
    subjectName: key.subjectName,
    async fetch(wanted, signal, load) {
      if (wanted.service.cacheTtlMs === 0) return registry.fetch(wanted, signal, load);
      hearing.listen();
      if (!isUp()) return serveUnconfirmed(wanted) ?? loadAlone(wanted, signal, load);
      const wait: Wait = { sinceMs: undefined };
      const turn = await takeTurn(wanted, wait, signal).catch(demandAway);
      onEvent(turn === undefined ? 'not-shared' : 'found' in turn ? 'redis-hit' : 'redis-miss');
      if (turn !== undefined && 'found' in turn) return turn.found;
      const loadInTime = withRestOf(wait, wanted.service, load);
      if (turn === undefined) return serveUnconfirmed(wanted) ?? loadAlone(wanted, signal, loadInTime);
      return loadAndShare(wanted, turn.claim, signal, loadInTime);
    },
    async bridge(wanted) {
      const { service, held } = wanted;
      const askedAtMs = clock.nowMs();
      const lookup = isUp() ? await answers.find(wanted, patienceOf(wanted)).catch(demandAway) : undefined;
      if (lookup?.generation === undefined) return 'own';
      const { generation, stored } = lookup;
      if (stored !== undefined && judge.isWithin(stored, stored.ttlMs + service.staleIfErrorMs)) {
        return judge.foundOf(stored, generation, 'stale', askedAtMs);
      }
      return held?.generation === generation || isSown(generation) ? 'own' : 'nothing';
    },
  };
}

/** Redis is away: go on without. Anything else is a fault of the gateway's. */
function demandAway(error: unknown): undefined {
  if (!(error instanceof RedisAway)) throw error;
}
