/** Keeps validated answers in this process's memory, loads each once for all who ask, and bridges a registry's failure. */

import { LRUCache } from 'lru-cache';
import type { AnswerCache, Asker, Clock, Waits } from '../exchange/ports.ts';
import type { MessageValue, QueryService } from '../exchange/services.ts';
import type { FetchedAnswer, Forwarded } from '../exchange/types.ts';
import { Problem } from '../problems.ts';
import { createBridge } from './bridge.ts';
import { fetched, type Kept, keptBytes, keptOf } from './kept-answer.ts';
import { flightOf, joinableFlight } from './lanes.ts';
import {
  createRegistryAlone,
  type Found,
  type Lane,
  type Load,
  type NextLevel,
  type Wanted,
  wantedOf,
} from './next-level.ts';
import { questionKey } from './question-key.ts';
import { type CacheObserver, createRefreshes, type RefreshSettings } from './refreshes.ts';
import { createSingleFlight } from './single-flight.ts';
import { createSubjectKeys } from './subject-keys.ts';

export interface MemoryCacheSettings {
  readonly entriesMax: number;
  /** Sum of the kept answers' JSON sizes, bytes; each counts three times: what was last disclosed of it is kept beside it, as text and as bytes. */
  readonly bytesMax: number;
}

export interface MemoryCacheOptions {
  /** The registry alone where absent. */
  readonly next?: NextLevel;
  /** Nothing is loaded before it has expired where absent. */
  readonly refresh?: RefreshSettings;
  readonly observer?: CacheObserver;
}

export interface MemoryCache extends AnswerCache {
  /** By the names that the next level gives them; everybody where absent. Answers under way are not kept. */
  drop(subjects?: readonly string[]): void;
  /** What is kept, and what is under way, is served only once the next level has confirmed it. */
  distrust(): void;
}

/** An answer on its way; not kept where its subject is forgotten before it arrives. */
interface Awaited {
  readonly key: string;
  readonly flight: string;
  readonly subject: string | undefined;
  readonly trust: number;
  outdated: boolean;
}

const nobody: Asker = { consumer: '', priority: 'interactive' };

const unbounded: Waits = { begin: () => () => undefined };

export function createMemoryCache(
  settings: MemoryCacheSettings,
  clock: Clock,
  { next = createRegistryAlone(clock, { jitterPercent: 0 }, () => 0), refresh, observer }: MemoryCacheOptions = {},
): MemoryCache {
  const keysOf = createSubjectKeys();
  const kept = new LRUCache<string, Kept>({
    max: settings.entriesMax,
    maxSize: settings.bytesMax,
    dispose: ({ subject }, key) => keysOf.remove(subject, key),
  });
  const awaited = new Set<Awaited>();
  const flights = createSingleFlight<Found>();
  const refreshBehind = refresh && createRefreshes({ settings: refresh, clock, flights, fetch: fetchOnce, observer });
  const bridge = createBridge({ kept, next, clock });
  /** Another one after each time in which nobody would have been told who was forgotten elsewhere. */
  let trust = 0;

  function fresh(service: QueryService, key: string, lane: Lane, load: Load): FetchedAnswer | undefined {
    const hit = kept.get(key);
    if (hit === undefined || hit.trust !== trust) return undefined;
    const nowMs = clock.nowMs();
    if (nowMs < hit.found.storedAtMs || nowMs >= hit.freshUntilMs) return undefined;
    if (nowMs >= hit.refreshAfterMs) refreshBehind?.(service, key, lane, hit, load);
    return fetched(hit.found, 'cache', 'memory', nowMs, hit.lastDisclosed);
  }

  function keep(service: QueryService, awaiting: Awaited, found: Found): void {
    if (service.cacheTtlMs === 0 || awaiting.outdated || found.isOutdated) return;
    const { key } = awaiting;
    const size = keptBytes(found);
    kept.set(key, keptOf(found, awaiting, refresh?.refreshAfterPercent ?? 100), { size });
    if (kept.has(key)) keysOf.add(awaiting.subject, key);
  }

  async function fetchOnce(wanted: Wanted, signal: AbortSignal, load: Load): Promise<Found> {
    const { key, subject, lane } = wanted;
    const awaiting: Awaited = { key, flight: flightOf(key, lane), subject, trust, outdated: false };
    awaited.add(awaiting);
    try {
      const found = await next.fetch(wanted, signal, load);
      keep(wanted.service, awaiting, found);
      return found;
    } finally {
      awaited.delete(awaiting);
      if (wanted.isOutdated && kept.get(wanted.key)?.found === wanted.held) kept.delete(wanted.key);
    }
  }

  async function joinFetch(
    service: QueryService,
    key: string,
    lane: Lane,
    question: MessageValue,
    signal: AbortSignal,
    load: Load,
    endWait: (() => void) | undefined,
    waitedMs: number,
  ): Promise<FetchedAnswer> {
    const personalNumber = service.subjectOf(question);
    const subject = personalNumber === undefined ? undefined : next.subjectName(personalNumber);
    const held = kept.get(key)?.found;
    const wanted = wantedOf({ service, key, lane, subject, held, isRefresh: false, waitedMs });
    const joined = joinableFlight(key, lane, flights.has);
    const flight = joined ?? flightOf(key, lane);
    try {
      if (endWait === undefined) throw busy(service);
      const found = await flights.join(flight, signal, (flightSignal) => fetchOnce(wanted, flightSignal, load));
      const answered = fetched(found, found.source, found.level, clock.nowMs());
      if (found.source !== 'registry') return answered;
      const isStored = kept.peek(key)?.found === found;
      return { ...answered, forwarded: { because: whyAsked(wanted), isStored, isCollapsed: joined !== undefined } };
    } catch (error) {
      return await bridge(wanted, error);
    } finally {
      endWait?.();
    }
  }

  function drop(subjects?: readonly string[]): void {
    if (subjects === undefined) kept.clear();
    for (const subject of subjects ?? []) for (const key of keysOf.all(subject)) kept.delete(key);
    for (const wanted of awaited) {
      if (subjects !== undefined && !(wanted.subject !== undefined && subjects.includes(wanted.subject))) continue;
      wanted.outdated = true;
      // Who asks from now on must not get what was asked before.
      flights.leave(wanted.flight);
    }
  }

  return {
    through(service, question, signal, load, waits = unbounded, asker = nobody, waitedMs = 0) {
      const key = questionKey(service, question);
      const { consumer, priority: lane } = asker;
      return (
        fresh(service, key, lane, load) ??
        joinFetch(service, key, lane, question, signal(), load, waits.begin(consumer, service.registry), waitedMs)
      );
    },
    forget: (subjects) => drop(subjects.map(next.subjectName)),
    drop,
    distrust() {
      trust += 1;
    },
  };
}

function whyAsked({ service, held }: Wanted): Forwarded['because'] {
  if (service.cacheTtlMs === 0) return 'bypass';
  return held === undefined ? 'miss' : 'stale';
}

function busy({ id }: QueryService): Problem {
  const detail = `As many callers wait for the registry behind ${id} as may.`;
  return new Problem('registry-busy', detail, { retryAfterSeconds: 1 });
}
