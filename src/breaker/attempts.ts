/** Asks a registry once more where a query's first attempt was lost, or is slow: within the call's budget, and never so often that it would add to the trouble. */

import { type CallSignal, leftMsOf } from '../adapter-kit/call-signal.ts';
import { SourceError } from '../adapter-kit/source-error.ts';
import type { Breakers, BreakerTarget, Registries } from '../exchange/ports.ts';
import type { QueryService } from '../exchange/services.ts';
import type { Message } from '../exchange/types.ts';
import { type AttemptBudgetSettings, createAttemptBudget } from './attempt-budget.ts';
import { type HedgeOutcome, hedged } from './hedge.ts';

export interface AttemptSettings extends AttemptBudgetSettings {
  /** Retries of one call; 0 for none. */
  readonly retriesMax: number;
  /** Before the first retry, half of it at random; doubled for each further one. */
  readonly backoffMs: number;
}

export interface AttemptObserver {
  /** `withheld`: it was due, but the share of second attempts or the registry's places are used up. */
  secondAttempt(registry: string, kind: 'retry' | 'hedge', outcome: HedgeOutcome | 'withheld'): void;
}

export interface AttemptDependencies {
  readonly settings: AttemptSettings;
  readonly stateOf: Breakers['stateOf'];
  /** Takes one of the registry's places beside the one that the call has. */
  readonly takePlace: (target: BreakerTarget) => (() => void) | undefined;
  /** From 0 to below 1. */
  readonly random: () => number;
  /** Ends early, without rejecting, where the signal is aborted. */
  readonly rest: (ms: number, signal: AbortSignal) => Promise<unknown>;
  readonly observer: AttemptObserver;
}

/** One query, over all its attempts. */
interface Query {
  readonly service: QueryService;
  readonly message: Message;
  readonly signal: CallSignal;
  /** Whether a second attempt was made because one was slow. */
  isHedged: boolean;
}

/** Queries only read, so that a second attempt changes nothing at the registry; deliveries have tries of their own. */
export function createAttempts(registries: Registries, deps: AttemptDependencies): Registries {
  const { settings, stateOf, takePlace, random, rest, observer } = deps;
  const budget = createAttemptBudget(settings);

  function attempt(query: Query): Promise<unknown> {
    const { service, message, signal } = query;
    const { hedgeAfterMs, registry } = service;
    if (hedgeAfterMs === undefined || query.isHedged) return registries.call(service, message, signal);
    return hedged((own) => registries.call(service, message, own), signal, {
      afterMs: hedgeAfterMs,
      enter: () => {
        const leavePlace = enterHedge(service);
        query.isHedged = leavePlace !== undefined;
        return leavePlace;
      },
      done: (outcome) => observer.secondAttempt(registry, 'hedge', outcome),
    });
  }

  function enterHedge(service: QueryService): (() => void) | undefined {
    if (stateOf(service) !== 'closed') return undefined;
    const leavePlace = takePlace(service);
    if (leavePlace !== undefined && budget.spend(service.registry)) return leavePlace;
    leavePlace?.();
    observer.secondAttempt(service.registry, 'hedge', 'withheld');
    return undefined;
  }

  /** The trial call of a half-open circuit stays one, and a call that has no time left ends. */
  function mayRetry(service: QueryService, pauseMs: number, signal: CallSignal): boolean {
    if (signal.aborted || stateOf(service) !== 'closed') return false;
    if ((leftMsOf(signal) ?? service.timeoutMs) <= pauseMs) return false;
    if (budget.spend(service.registry)) return true;
    observer.secondAttempt(service.registry, 'retry', 'withheld');
    return false;
  }

  async function retry(query: Query, failure: unknown, retries = 0): Promise<unknown> {
    const { service, signal } = query;
    const pauseMs = settings.backoffMs * 2 ** retries * (1 + random()) * 0.5;
    if (retries >= settings.retriesMax || !isLost(failure) || !mayRetry(service, pauseMs, signal)) throw failure;
    await rest(pauseMs, signal);
    if (signal.aborted) throw failure;
    try {
      const answer = await attempt(query);
      observer.secondAttempt(service.registry, 'retry', 'answered');
      return answer;
    } catch (error) {
      observer.secondAttempt(service.registry, 'retry', signal.aborted ? 'given-up' : 'failed');
      return retry(query, error, retries + 1);
    }
  }

  return {
    call(service, message, signal) {
      budget.earn(service.registry);
      const query: Query = { service, message, signal, isHedged: false };
      return attempt(query).catch((error) => retry(query, error));
    },
  };
}

const isLost = (error: unknown) => error instanceof SourceError && error.isLost;
