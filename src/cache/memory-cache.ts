/** Keeps validated answers in this process's memory, loads each once for all who ask, and bridges a registry's failure. */

import { LRUCache } from 'lru-cache';
import type { AnswerCache, Asker, Clock, Waits } from '../exchange/ports.ts';
import type { MessageValue, QueryService } from '../exchange/services.ts';
import type { FetchedAnswer, LastDisclosed, RegistryAnswer } from '../exchange/types.ts';
import { Problem, type ProblemCode } from '../problems.ts';
import { flightOf, joinableFlight } from './lanes.ts';
import { createRegistryAlone, type Found, type Lane, type Load, type NextLevel, type Wanted } from './next-level.ts';
import { questionKey } from './question-key.ts';
import { createRefreshRate } from './refresh-rate.ts';
import { createSingleFlight } from './single-flight.ts';
import { createSubjectKeys } from './subject-keys.ts';

export interface MemoryCacheSettings {
  readonly entriesMax: number;
  /** Sum of the kept answers' JSON sizes, bytes; each counts three times: what was last disclosed of it is kept beside it, as text and as bytes. */
  readonly bytesMax: number;
}

export interface RefreshSettings {
  /** Share of an answer's time after which whoever asks is answered and it is loaded anew behind that, percent. */
  readonly refreshAfterPercent: number;
  /** Refreshes at once; what comes above them is left to the next who asks. */
  readonly refreshesMax: number;
  /** Refreshes of a service for no more than that nobody can confirm its answers. */
  readonly unconfirmedRefreshesPerSecond: number;
}

export interface MemoryCacheOptions {
  /** The registry alone where absent. */
  readonly next?: NextLevel;
  /** Nothing is loaded before it has expired where absent. */
  readonly refresh?: RefreshSettings;
  readonly observer?: CacheObserver;
}

export type CacheEvent = 'refreshed' | 'refresh-failed' | 'refresh-put-off';

export interface CacheObserver {
  cacheEvent(event: CacheEvent): void;
}

export interface MemoryCache extends AnswerCache {
  /** By the names that the next level gives them; everybody where absent. Answers under way are not kept. */
  drop(subjects?: readonly string[]): void;
  /** What is kept, and what is under way, is served only once the next level has confirmed it. */
  distrust(): void;
}

interface Kept {
  /** Name of whom it is about. */
  readonly subject: string | undefined;
  readonly found: Found;
  /** Of the trust that it was asked for under. */
  readonly trust: number;
  readonly freshUntilMs: number;
  readonly refreshAfterMs: number;
  readonly lastDisclosed: LastDisclosed;
}

/** An answer on its way; not kept where its subject is forgotten before it arrives. */
interface Awaited {
  readonly key: string;
  readonly flight: string;
  readonly subject: string | undefined;
  readonly trust: number;
  outdated: boolean;
}

const endless = new AbortController().signal;

const nobody: Asker = { consumer: '', priority: 'interactive' };

const unbounded: Waits = { begin: () => () => undefined };

/** Failures that are the registry's trouble: only these may be bridged by a stale answer. */
const registryTrouble: ReadonlySet<ProblemCode> = new Set([
  'registry-unavailable',
  'registry-timeout',
  'registry-failed',
  'registry-answer-invalid',
  'circuit-open',
  'registry-busy',
]);

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
  const mayRefreshUnconfirmed = createRefreshRate(refresh?.unconfirmedRefreshesPerSecond ?? 0, clock);
  let refreshes = 0;
  /** Another one after each time in which nobody would have been told who was forgotten elsewhere. */
  let trust = 0;

  function fresh(service: QueryService, key: string, lane: Lane, load: Load): FetchedAnswer | undefined {
    const hit = kept.get(key);
    if (hit === undefined || hit.trust !== trust) return undefined;
    const nowMs = clock.nowMs();
    if (nowMs < hit.found.storedAtMs || nowMs >= hit.freshUntilMs) return undefined;
    if (nowMs >= hit.refreshAfterMs) refreshBehind(service, key, lane, hit, load);
    return fetched(hit.found, 'cache', 'memory', nowMs, hit.lastDisclosed);
  }

  function stale(service: QueryService, key: string): FetchedAnswer | undefined {
    const hit = kept.get(key);
    if (hit === undefined) return undefined;
    const { found, lastDisclosed } = hit;
    const nowMs = clock.nowMs();
    const ageMs = nowMs - found.storedAtMs;
    if (ageMs < 0 || ageMs >= found.ttlMs + service.staleIfErrorMs) return undefined;
    return fetched(found, 'stale', 'memory', nowMs, lastDisclosed);
  }

  function keep(service: QueryService, { key, subject, trust, outdated }: Awaited, found: Found): void {
    if (service.cacheTtlMs === 0 || outdated || found.isOutdated) return;
    const { answer, answerBytes = sizeOf(answer), storedAtMs, ttlMs, confirmedUntilMs } = found;
    const freshUntilMs = Math.min(storedAtMs + ttlMs, confirmedUntilMs);
    const dueAfterMs = (ttlMs * (refresh?.refreshAfterPercent ?? 100)) / 100;
    const refreshAfterMs = storedAtMs + (found.isUnconfirmed === true ? 0 : dueAfterMs);
    const lastDisclosed = { by: undefined, disclosure: undefined };
    const size = formsKept * answerBytes;
    kept.set(key, { subject, found, trust, freshUntilMs, refreshAfterMs, lastDisclosed }, { size });
    if (kept.has(key)) keysOf.add(subject, key);
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

  /** Nobody waits for it, and nobody who leaves ends it; a registry in trouble is noticed by whoever has to ask it. */
  function refreshBehind(
    service: QueryService,
    key: string,
    lane: Lane,
    { subject, found: held }: Kept,
    load: Load,
  ): void {
    if (refresh === undefined || joinableFlight(key, lane, flights.has) !== undefined) return;
    if (refreshes >= refresh.refreshesMax || (held.isUnconfirmed === true && !mayRefreshUnconfirmed(service.key))) {
      observer?.cacheEvent('refresh-put-off');
      return;
    }
    refreshes += 1;
    flights
      .join(flightOf(key, lane), endless, (signal) =>
        fetchOnce(wantedOf({ service, key, lane, subject, held, isRefresh: true, waitedMs: 0 }), signal, load),
      )
      .then(
        () => observer?.cacheEvent('refreshed'),
        () => observer?.cacheEvent('refresh-failed'),
      )
      .finally(() => {
        refreshes -= 1;
      });
  }

  async function bridge(wanted: Wanted, error: unknown): Promise<FetchedAnswer> {
    if (!(error instanceof Problem) || !registryTrouble.has(error.code)) throw error;
    const beyond = await next.bridge(wanted);
    if (beyond === 'nothing') kept.delete(wanted.key);
    const bridged =
      typeof beyond === 'string'
        ? stale(wanted.service, wanted.key)
        : fetched(beyond, 'stale', beyond.level, clock.nowMs());
    if (bridged === undefined) throw error;
    return bridged;
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
    const flight = joinableFlight(key, lane, flights.has) ?? flightOf(key, lane);
    try {
      if (endWait === undefined) throw busy(service);
      const found = await flights.join(flight, signal, (flightSignal) => fetchOnce(wanted, flightSignal, load));
      return fetched(found, found.source, found.level, clock.nowMs());
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

const wantedOf = (wanted: Omit<Wanted, 'isOutdated' | 'patience'>): Wanted => ({
  ...wanted,
  isOutdated: false,
  patience: undefined,
});

function busy({ id }: QueryService): Problem {
  const detail = `As many callers wait for the registry behind ${id} as may.`;
  return new Problem('registry-busy', detail, { retryAfterSeconds: 1 });
}

/** The answer itself, and beside it what was last disclosed of it, which is never longer, as text and as bytes. */
const formsKept = 3;

function fetched(
  { answer, storedAtMs, ttlMs, registryMs }: Found,
  source: FetchedAnswer['source'],
  level: FetchedAnswer['level'],
  nowMs: number,
  lastDisclosed?: LastDisclosed,
): FetchedAnswer {
  if (source === 'registry') return { answer, source, level, ageMs: 0, ttlMs, registryMs };
  return { answer, source, level, ageMs: Math.max(0, nowMs - storedAtMs), ttlMs, registryMs: 0, lastDisclosed };
}

function sizeOf(answer: RegistryAnswer): number {
  return Buffer.byteLength(JSON.stringify(answer));
}
