/** Writes the exchange log in group commits: exchanges in flight share a durable write, and each reply waits for its own. */

import type { LogEntry, LogPosition } from '../exchange/entries.ts';
import type { ExchangeLog } from '../exchange/ports.ts';
import { lateIdOf } from './numbers/late.ts';
import type { SubjectNumbers, TakenEntry } from './numbers/subject-numbers.ts';
import { createEntryPrinter } from './print-entry.ts';
import { commitOf, createCommitMemory, fittingEntries } from './store/commit-memory.ts';
import { lanesMax } from './store/prepared-segment.ts';
import { frameCommit } from './store/record.ts';
import type { Segments } from './store/segments.ts';

export interface WriterLimits {
  /** Size of one entry, bytes. */
  readonly entryBytesMax: number;
  /** Entries waiting for the disk; beyond them exchanges are refused. */
  readonly pendingEntriesMax: number;
  /** Bytes in one commit; an entry larger than that is a commit of its own. */
  readonly batchBytesMax: number;
}

export interface WriterSetup {
  readonly segments: Segments;
  readonly limits: WriterLimits;
  readonly numbers: Pick<SubjectNumbers, 'next' | 'take' | 'durable' | 'room'>;
  /** Whether what is durable may become more; a promise where that is to be waited for. */
  readonly room: () => Promise<void> | undefined;
  /** Told of entries that are durable, in order, before those who recorded them are; says when it has a copy of each. */
  readonly durable: (entries: readonly Buffer[], taken: () => void) => void;
  readonly committed: (entries: number, bytes: number, durationMs: number) => void;
  /** Called when the segment could not be written. */
  readonly failed: (error: unknown) => void;
}

export interface LogWriter extends Pick<ExchangeLog, 'record'> {
  /** Durable entries. */
  readonly size: number;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
  /** Refuses what waits and all that comes. */
  stop(reason: unknown): void;
}

interface Pending extends TakenEntry {
  readonly resolve: (position: LogPosition) => void;
  readonly reject: (error: unknown) => void;
}

/** With fewer of them, a commit of their own beside the one under way costs more time than they would wait for it. */
const besideEntriesMin = 16;
/** Fewer of them are made ready in less time than a second commit costs. */
const splitEntriesMin = 128;

export function createLogWriter(setup: WriterSetup): LogWriter {
  const { segments, limits, numbers, room, durable, committed, failed } = setup;
  const memory = createCommitMemory(limits.entryBytesMax);
  const print = createEntryPrinter(memory);
  let size = segments.place.firstIndex + segments.place.ordinal;
  let pending: Pending[] = [];
  /** Commits on their way to the disk, the oldest first. */
  const underWay: (readonly Pending[])[] = [];
  let stopped: { readonly reason: unknown } | undefined;
  /** One turn of the event loop is let pass, or something waited for; then `begin` goes on. */
  let isHeld = false;
  const working = new Set<Promise<unknown>>();

  /** The exchanges that arrived together go out together. */
  function beginLater(): void {
    if (isHeld) return;
    isHeld = true;
    setImmediate(resume);
  }

  function resume(): void {
    isHeld = false;
    begin();
  }

  function begin(): void {
    while (!isHeld && stopped === undefined && isDue()) {
      const obstacle = room() ?? numbers.room() ?? turning();
      isHeld = obstacle !== undefined;
      keep(obstacle?.then(resume) ?? commit());
    }
  }

  function keep(work: Promise<void>): void {
    const done = work.catch(fail).finally(() => working.delete(done));
    working.add(done);
  }

  /** A first commit for whoever is there; a second one at its side if it is worth it. */
  function isDue(): boolean {
    if (underWay.length === 0) return pending.length > 0;
    return underWay.length < lanesMax && pending.length >= besideEntriesMin && fitting() > 0;
  }

  /** In the old segment nothing may be under way. */
  function turning(): Promise<void> | undefined {
    return fitting() === 0 ? segments.turn() : undefined;
  }

  async function commit(): Promise<void> {
    const startedMs = performance.now();
    // Where many came at once, the disk has half of them while the other half is made ready.
    const half = underWay.length === 0 && pending.length >= splitEntriesMin;
    const batch = pending.splice(0, fitting(half ? Math.ceil(pending.length / 2) : pending.length));
    underWay.push(batch);
    const entries = batch.map(({ bytes }) => bytes);
    const content = commitOf(entries[0] as Buffer, entries.at(-1) as Buffer);
    frameCommit(content, entries, segments.place);
    await segments.append(content, entries.length);
    if (stopped !== undefined) return;
    underWay.shift();
    durable(entries, () => memory.release(entries));
    const firstIndex = size;
    size += batch.length;
    numbers.durable(batch, size);
    // The disk first: it has something to do while those who waited go on.
    begin();
    for (const [ordinal, { resolve, subjectNumber }] of batch.entries()) {
      const index = firstIndex + ordinal;
      resolve(subjectNumber === undefined ? { index } : { index, subjectNumber });
    }
    committed(entries.length, content.byteLength, performance.now() - startedMs);
  }

  const fitting = (countMax = 1) =>
    fittingEntries(pending, countMax, { roomBytes: segments.roomBytes, batchBytesMax: limits.batchBytesMax });

  /** Counts the entry as soon as nothing can refuse it any more: its place is settled, and no number is ever left out. */
  function take(entry: LogEntry): TakenEntry {
    const { subject } = entry;
    const subjectNumber = subject === undefined ? undefined : numbers.next(subject);
    const bytes = print(entry, subjectNumber);
    if (subject !== undefined && subjectNumber !== undefined) numbers.take(subject, subjectNumber);
    return { bytes, subject, subjectNumber, lateId: lateIdOf(entry) };
  }

  /** A failed sync may have dropped what it was to write, and a second one would not tell: never again. */
  function fail(error: unknown): void {
    isHeld = false;
    stop(error);
    failed(error);
  }

  function stop(reason: unknown): void {
    stopped ??= { reason };
    for (const { reject } of [...underWay.flat(), ...pending]) reject(stopped.reason);
    underWay.length = 0;
    pending = [];
  }

  return {
    get size() {
      return size;
    },
    // What is thrown in here rejects the promise.
    record: (entry) =>
      new Promise((resolve, reject) => {
        if (stopped !== undefined) throw stopped.reason;
        const isFull = pending.length >= limits.pendingEntriesMax;
        if (isFull) throw new Error(`${limits.pendingEntriesMax} entries wait for the disk already`);
        const { bytes, subject, subjectNumber, lateId } = take(entry);
        pending.push({ bytes, subject, subjectNumber, lateId, resolve, reject });
        if (underWay.length === 0 || pending.length === besideEntriesMin) beginLater();
      }),
    async idle() {
      while (isHeld || working.size > 0) {
        await Promise.all(working);
        // Those who were answered go on.
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
    stop,
  };
}
