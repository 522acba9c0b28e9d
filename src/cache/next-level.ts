/** What stands behind the answers in memory: the registry alone, or answers that gateways share and the registry behind them. */

import type { Asker, Clock } from '../exchange/ports.ts';
import type { QueryService } from '../exchange/services.ts';
import type { FetchedAnswer, RegistryAnswer } from '../exchange/types.ts';
import type { Patience } from '../redis/patience.ts';

export type Lane = Asker['priority'];

export interface Wanted {
  readonly service: QueryService;
  /** Digest of service and question. */
  readonly key: string;
  /** Name of whom it is about, as `subjectName` makes it. */
  readonly subject: string | undefined;
  /** What memory has and must not serve any more without asking. */
  readonly held: Found | undefined;
  /** Set by a level that knows that the person was forgotten since: what memory has counts nowhere. */
  isOutdated: boolean;
  /** Whose company it is loaded in: gateways take turns within it, and lines of bulk requests take none. */
  readonly lane: Lane;
  /** A refresh: an answer that is due for one is not enough. */
  readonly isRefresh: boolean;
  /** How long whoever asks has waited already for what gateways share, milliseconds. */
  readonly waitedMs: number;
  /** Begun by a level that shares answers, once it is asked: a load, and the look for what may stand in for it, are of one exchange. */
  patience: Patience | undefined;
}

/** As it is before any level was asked. */
export const wantedOf = (wanted: Omit<Wanted, 'isOutdated' | 'patience'>): Wanted => ({
  ...wanted,
  isOutdated: false,
  patience: undefined,
});

/** An answer with what is known of its age. */
export interface Found {
  readonly answer: RegistryAnswer;
  readonly source: FetchedAnswer['source'];
  readonly level: FetchedAnswer['level'];
  /** When the registry gave it, Unix milliseconds. */
  readonly storedAtMs: number;
  readonly ttlMs: number;
  readonly registryMs: number;
  /** When it was last known that nobody had forgotten its person, or when it began to be loaded, Unix milliseconds. */
  readonly confirmedAtMs: number;
  /** Until then nobody has to be asked whether its person was forgotten meanwhile, Unix milliseconds. */
  readonly confirmedUntilMs: number;
  /** Nobody could be asked: it is to be loaded anew as soon as its registry can bear that. */
  readonly isUnconfirmed?: boolean;
  /** Size of the answer as JSON, where it was at hand. */
  readonly answerBytes?: number;
  /** Stands for what was known of its person when it was loaded; undefined where that is shared with nobody. */
  readonly generation?: string | undefined;
  /** Its person was forgotten on the way: for those who asked before, and kept nowhere. */
  readonly isOutdated?: boolean;
}

export type Load = (signal: AbortSignal) => Promise<RegistryAnswer>;

export interface NextLevel {
  /** What memory calls a person. */
  subjectName(personalNumber: string): string;
  fetch(wanted: Wanted, signal: AbortSignal, load: Load): Promise<Found>;
  /**
   * Asked when a load failed. `own`: memory may bridge it by what it has; `nothing`: what it has must not be served.
   */
  bridge(wanted: Wanted): Promise<Found | 'own' | 'nothing'>;
}

export interface FreshnessSettings {
  /** Answers loaded together expire apart: each up to so much earlier, percent. */
  readonly jitterPercent: number;
}

export interface RegistryLevelSetup {
  readonly clock: Clock;
  readonly settings: FreshnessSettings;
  /** From 0 up to 1. */
  readonly random: () => number;
  /** How long an answer is served from memory before anybody is asked whether it still holds. */
  readonly confirmMs: number;
}

export type RegistryLevel = Pick<NextLevel, 'fetch'>;

export function createRegistryLevel({ clock, settings, random, confirmMs }: RegistryLevelSetup): RegistryLevel {
  return {
    async fetch({ service }, signal, load) {
      const startedMs = performance.now();
      const confirmedAtMs = clock.nowMs();
      const answer = await load(signal);
      const storedAtMs = clock.nowMs();
      return {
        answer,
        source: 'registry',
        level: undefined,
        storedAtMs,
        ttlMs: Math.round(longestTtlMs(service, answer) * (1 - (random() * settings.jitterPercent) / 100)),
        registryMs: performance.now() - startedMs,
        confirmedAtMs,
        confirmedUntilMs: storedAtMs + confirmMs,
      };
    },
  };
}

/** Nothing is shared: every answer in memory holds until it expires. */
export function createRegistryAlone(clock: Clock, settings: FreshnessSettings, random: () => number): NextLevel {
  return {
    ...createRegistryLevel({ clock, settings, random, confirmMs: Number.POSITIVE_INFINITY }),
    subjectName: (personalNumber) => personalNumber,
    bridge: async () => 'own',
  };
}

/** That there is nobody is soon wrong: it has a time of its own. */
function longestTtlMs(service: QueryService, { found }: RegistryAnswer): number {
  return found ? service.cacheTtlMs : Math.min(service.negativeTtlMs, service.cacheTtlMs);
}
