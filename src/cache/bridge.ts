/** Lets older answers stand in while a registry is in trouble. */

import type { Clock } from '../exchange/ports.ts';
import type { QueryService } from '../exchange/services.ts';
import type { FetchedAnswer } from '../exchange/types.ts';
import { Problem, type ProblemCode } from '../problems.ts';
import { fetched, type Kept } from './kept-answer.ts';
import type { NextLevel, Wanted } from './next-level.ts';

export interface BridgeSetup {
  readonly kept: Pick<Map<string, Kept>, 'get' | 'delete'>;
  readonly next: Pick<NextLevel, 'bridge'>;
  readonly clock: Clock;
}

/** What stands in for the answer that could not be loaded; rejects with why it could not, where nothing may. */
export type Bridge = (wanted: Wanted, error: unknown) => Promise<FetchedAnswer>;

/** Failures that are the registry's trouble: only these may be bridged by a stale answer. */
const registryTrouble: ReadonlySet<ProblemCode> = new Set([
  'registry-unavailable',
  'registry-timeout',
  'registry-failed',
  'registry-answer-invalid',
  'circuit-open',
  'registry-busy',
]);

/** Of these the failures before any registry was asked. */
const notAsked: ReadonlySet<ProblemCode> = new Set(['circuit-open', 'registry-busy']);

const askedInVain: FetchedAnswer['forwarded'] = { because: 'stale', isStored: false, isCollapsed: false };

export function createBridge({ kept, next, clock }: BridgeSetup): Bridge {
  function stale(service: QueryService, key: string): FetchedAnswer | undefined {
    const hit = kept.get(key);
    if (hit === undefined) return undefined;
    const { found, lastDisclosed } = hit;
    const nowMs = clock.nowMs();
    const ageMs = nowMs - found.storedAtMs;
    if (ageMs < 0 || ageMs >= found.ttlMs + service.staleIfErrorMs) return undefined;
    return fetched(found, 'stale', 'memory', nowMs, lastDisclosed);
  }

  return async (wanted, error) => {
    if (!(error instanceof Problem) || !registryTrouble.has(error.code)) throw error;
    const beyond = await next.bridge(wanted);
    if (beyond === 'nothing') kept.delete(wanted.key);
    const bridged =
      typeof beyond === 'string'
        ? stale(wanted.service, wanted.key)
        : fetched(beyond, 'stale', beyond.level, clock.nowMs());
    if (bridged === undefined) throw error;
    return notAsked.has(error.code) ? bridged : { ...bridged, forwarded: askedInVain };
  };
}
