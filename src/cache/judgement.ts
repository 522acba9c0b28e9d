/** Judges what memory and Redis have: how old it may be, and whether its person may have been forgotten since. */

import type { Clock } from '../exchange/ports.ts';
import type { OpenedAnswer } from './cache-key.ts';
import { isSown } from './generation.ts';
import type { Hearing } from './hearing.ts';
import type { Found, Wanted } from './next-level.ts';

export interface JudgementSettings {
  readonly refreshAfterPercent: number;
  /** How long an answer is served from memory before Redis is asked whether it still holds. */
  readonly invalidationLagMsMax: number;
  /** How long it is served where Redis cannot be asked, from when this process heard last whom others forget. */
  readonly unconfirmedMsMax: number;
  /** As far back others tell again whom they forgot, once Redis is back. */
  readonly forgottenAgainMs: number;
  /** How far gateways' clocks may be apart. */
  readonly clockSkewMsMax: number;
}

export interface JudgementSetup {
  readonly hearing: Hearing;
  readonly settings: JudgementSettings;
  readonly clock: Clock;
  /** From 0 up to 1. */
  readonly random: () => number;
}

export type Judgement = ReturnType<typeof createJudgement>;

export function createJudgement({ hearing, settings, clock, random }: JudgementSetup) {
  function isWithin({ storedAtMs }: Pick<Found, 'storedAtMs'>, forMs: number): boolean {
    const ageMs = clock.nowMs() - storedAtMs;
    return ageMs >= -settings.clockSkewMsMax && ageMs < forMs;
  }

  function confirmedAt(askedAtMs: number) {
    const confirmedUntilMs = askedAtMs + settings.invalidationLagMsMax;
    return { confirmedAtMs: askedAtMs, confirmedUntilMs, isUnconfirmed: false };
  }

  /** Whoever was forgotten since, unheard by this process, it is told again. */
  function isSure({ confirmedAtMs }: Found): boolean {
    const sureMs = Math.min(settings.unconfirmedMsMax, settings.forgottenAgainMs);
    return clock.nowMs() < hearing.heardUntilMs(confirmedAtMs) + sureMs;
  }

  return {
    isWithin,
    isDue: (stored: OpenedAnswer) => !isWithin(stored, (stored.ttlMs * settings.refreshAfterPercent) / 100),
    foundOf(stored: OpenedAnswer, generation: string, source: 'cache' | 'stale', askedAtMs: number): Found {
      // Another gateway's clock may be a little ahead.
      const storedAtMs = Math.min(stored.storedAtMs, clock.nowMs());
      return { ...stored, storedAtMs, source, level: 'redis', registryMs: 0, ...confirmedAt(askedAtMs), generation };
    },
    /** What memory has, where its generation stands; or where Redis had lost it, and nobody was forgotten since. */
    confirmed({ held }: Wanted, generation: string, askedAtMs: number): Found | undefined {
      if (held === undefined || !isWithin(held, held.ttlMs)) return undefined;
      if (held.generation !== generation && !(isSown(generation) && isSure(held))) return undefined;
      return { ...held, source: 'cache', level: 'memory', generation, ...confirmedAt(askedAtMs) };
    },
    /** What memory has, where nobody can be asked. */
    unconfirmed({ held, isRefresh, isOutdated }: Wanted): Found | undefined {
      if (held === undefined || isRefresh || isOutdated || !isWithin(held, held.ttlMs)) return undefined;
      // Those that were confirmed together ask apart, and end apart.
      const confirmedUntilMs = clock.nowMs() + settings.invalidationLagMsMax * (1 - random() / 2);
      const servedMs = settings.unconfirmedMsMax * (1 - random() / 2);
      if (confirmedUntilMs > hearing.heardUntilMs(held.confirmedAtMs) + servedMs) return undefined;
      return { ...held, source: 'cache', level: 'memory', confirmedUntilMs, isUnconfirmed: true };
    },
    /** Another generation than that of what memory has says that its person was forgotten, unless it says nothing at all. */
    isOutdated: ({ held }: Wanted, generation: string) =>
      held !== undefined && held.generation !== generation && !isSown(generation),
  };
}
