/** Keeps validated answers in this process's memory, loads each once for all who ask, and bridges a registry's failure. */

import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { AnswerCache, Clock } from '../exchange/ports.ts';
import type { FetchedAnswer, LastDisclosed, MessageValue, QueryService, RegistryAnswer } from '../exchange/types.ts';
import { Problem, type ProblemCode } from '../problems.ts';
import { createSingleFlight } from './single-flight.ts';

export interface MemoryCacheSettings {
  readonly entriesMax: number;
  /** Sum of the kept answers' JSON sizes, bytes; each counts three times: what was last disclosed of it is kept beside it, as text and as bytes. */
  readonly bytesMax: number;
}

interface Kept {
  /** Personal number of whom it is about. */
  readonly subject: string | undefined;
  readonly answer: RegistryAnswer;
  readonly storedAtMs: number;
  readonly lastDisclosed: LastDisclosed;
}

interface Loaded extends Omit<Kept, 'lastDisclosed'> {
  readonly registryMs: number;
}

/** An answer on its way; not kept where its subject is forgotten before it arrives. */
interface Awaited {
  readonly key: string;
  readonly subject: string | undefined;
  outdated: boolean;
}

/** Failures that are the registry's trouble: only these may be bridged by a stale answer. */
const registryTrouble: ReadonlySet<ProblemCode> = new Set([
  'registry-unavailable',
  'registry-timeout',
  'registry-failed',
  'registry-answer-invalid',
  'circuit-open',
  'registry-busy',
]);

export function createMemoryCache(settings: MemoryCacheSettings, clock: Clock): AnswerCache {
  const keysOf = createSubjectKeys();
  const kept = new LRUCache<string, Kept>({
    max: settings.entriesMax,
    maxSize: settings.bytesMax,
    dispose: ({ subject }, key) => keysOf.remove(subject, key),
  });
  const awaited = new Set<Awaited>();
  const flights = createSingleFlight<Loaded>();

  function fresh(service: QueryService, key: string): FetchedAnswer | undefined {
    const found = kept.get(key);
    if (found === undefined) return undefined;
    const ageMs = clock.nowMs() - found.storedAtMs;
    if (ageMs < 0 || ageMs >= service.cacheTtlMs) return undefined;
    return fetched(found, 'cache', ageMs, service);
  }

  function stale(service: QueryService, key: string, error: unknown): FetchedAnswer | undefined {
    if (!(error instanceof Problem) || !registryTrouble.has(error.code)) return undefined;
    const found = kept.get(key);
    if (found === undefined) return undefined;
    const ageMs = clock.nowMs() - found.storedAtMs;
    if (ageMs < 0 || ageMs >= service.cacheTtlMs + service.staleIfErrorMs) return undefined;
    return fetched(found, 'stale', ageMs, service);
  }

  function keep(service: QueryService, { key, outdated }: Awaited, { subject, answer, storedAtMs }: Loaded): void {
    if (service.cacheTtlMs === 0 || outdated) return;
    const lastDisclosed = { by: undefined, disclosure: undefined };
    kept.set(key, { subject, answer, storedAtMs, lastDisclosed }, { size: formsKept * sizeOf(answer) });
    if (kept.has(key)) keysOf.add(subject, key);
  }

  async function loadOnce(
    service: QueryService,
    wanted: Awaited,
    load: () => Promise<RegistryAnswer>,
  ): Promise<Loaded> {
    awaited.add(wanted);
    try {
      const startedMs = performance.now();
      const answer = await load();
      const { subject } = wanted;
      const result = { subject, answer, storedAtMs: clock.nowMs(), registryMs: performance.now() - startedMs };
      keep(service, wanted, result);
      return result;
    } finally {
      awaited.delete(wanted);
    }
  }

  async function joinLoad(
    service: QueryService,
    key: string,
    question: MessageValue,
    signal: AbortSignal,
    load: (signal: AbortSignal) => Promise<RegistryAnswer>,
  ): Promise<FetchedAnswer> {
    try {
      const subject = service.subjectOf(question);
      const loaded = await flights.join(key, signal, (flightSignal) =>
        loadOnce(service, { key, subject, outdated: false }, () => load(flightSignal)),
      );
      const { answer, registryMs } = loaded;
      return { answer, source: 'registry', ageMs: 0, ttlMs: service.cacheTtlMs, registryMs };
    } catch (error) {
      const bridged = stale(service, key, error);
      if (bridged !== undefined) return bridged;
      throw error;
    }
  }

  return {
    through(service, question, signal, load) {
      const key = keyOf(service, question);
      return fresh(service, key) ?? joinLoad(service, key, question, signal(), load);
    },
    forget(subjects) {
      for (const subject of subjects) {
        for (const key of keysOf.all(subject)) kept.delete(key);
        for (const wanted of awaited) {
          if (wanted.subject !== subject) continue;
          wanted.outdated = true;
          // Who asks from now on must not get what was asked before.
          flights.leave(wanted.key);
        }
      }
    },
  };
}

/** The answer itself, and beside it what was last disclosed of it, which is never longer, as text and as bytes. */
const formsKept = 3;

function fetched(
  { answer, lastDisclosed }: Kept,
  source: 'cache' | 'stale',
  ageMs: number,
  { cacheTtlMs }: QueryService,
): FetchedAnswer {
  return { answer, source, ageMs, ttlMs: cacheTtlMs, registryMs: 0, lastDisclosed };
}

/** Which kept answers are about whom. */
function createSubjectKeys() {
  const keys = new Map<string, Set<string>>();
  return {
    all: (subject: string): readonly string[] => [...(keys.get(subject) ?? [])],
    add(subject: string | undefined, key: string): void {
      if (subject === undefined) return;
      const known = keys.get(subject) ?? new Set();
      keys.set(subject, known.add(key));
    },
    remove(subject: string | undefined, key: string): void {
      if (subject === undefined) return;
      const known = keys.get(subject);
      known?.delete(key);
      if (known?.size === 0) keys.delete(subject);
    },
  };
}

/** A digest, so that a dump of the keys names nobody; members sorted, so that their order in the message does not matter. */
function keyOf(service: QueryService, question: MessageValue): string {
  return hash('sha256', `${service.key}\0${printSorted(question)}`, 'base64url');
}

/** JSON with its members sorted. By hand, since JSON.stringify with a replacer takes five times as long. */
function printSorted(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(printSorted).join(',')}]`;
  const names = Object.keys(value).sort();
  const members = names.map((name) => `${JSON.stringify(name)}:${printSorted((value as MessageValue)[name])}`);
  return `{${members.join(',')}}`;
}

function sizeOf(answer: RegistryAnswer): number {
  return Buffer.byteLength(JSON.stringify(answer));
}
