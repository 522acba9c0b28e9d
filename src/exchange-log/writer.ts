/** Writes the exchange log in group commits: all exchanges in flight share one append and one fdatasync, and each reply waits for its own. */

import type { ExchangeLog } from '../exchange/ports.ts';
import type { LogEntry, LogPosition } from '../exchange/types.ts';
import type { SubjectNumbers, TakenEntry } from './numbers/subject-numbers.ts';
import { printEntry } from './print-entry.ts';
import { encodeCommit, recordExtraBytes } from './store/record.ts';
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
  /** Resolves when what is durable may become more. */
  readonly room: () => Promise<void>;
  /** Told of entries that are durable, in order, before those who recorded them are. */
  readonly durable: (entries: readonly Buffer[]) => void;
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

export function createLogWriter(setup: WriterSetup): LogWriter {
  const { segments, limits, numbers, room, durable, committed, failed } = setup;
  let size = segments.place.firstIndex + segments.place.ordinal;
  let pending: Pending[] = [];
  let underWay: readonly Pending[] = [];
  /** The largest commit so far: the next is laid over it, for new memory costs a page fault every 4 KiB. */
  let spare: Buffer = Buffer.alloc(0);
  let stopped: { readonly reason: unknown } | undefined;
  let committing: Promise<void> | undefined;

  async function commitAll(): Promise<void> {
    // One turn of the event loop: the exchanges that arrived together go out together.
    await new Promise((resolve) => setImmediate(resolve));
    try {
      while (pending.length > 0) {
        await room();
        await numbers.room();
        if (stopped === undefined) await commit();
      }
    } catch (error) {
      // A failed sync may have dropped what it was to write, and a second one would not tell: never again.
      stop(error);
      failed(error);
    }
    committing = undefined;
  }

  async function commit(): Promise<void> {
    const startedMs = performance.now();
    if (takeBatch() === 0) await segments.turn();
    if (underWay.length === 0) takeBatch();
    const batch = underWay;
    const entries = batch.map(({ bytes }) => bytes);
    const content = encodeCommit(entries, segments.place, spare);
    if (content.byteLength > spare.byteLength) spare = content;
    await segments.append(content, entries.length);
    await segments.sync();
    if (stopped !== undefined) return;
    durable(entries);
    size += batch.length;
    numbers.durable(batch, size);
    underWay = [];
    // Where others wait, the disk gets their commit first, and has something to do while these go on.
    if (pending.length > 0) setImmediate(answer, batch, size - batch.length);
    else answer(batch, size - batch.length);
    committed(entries.length, content.byteLength, performance.now() - startedMs);
  }

  function answer(batch: readonly Pending[], firstIndex: number): void {
    for (const [ordinal, { resolve, subjectNumber }] of batch.entries()) {
      resolve({ index: firstIndex + ordinal, ...(subjectNumber === undefined ? {} : { subjectNumber }) });
    }
  }

  /** As many as fit into the commit and the segment. */
  function takeBatch(): number {
    let bytes = 0;
    let count = 0;
    for (const { bytes: entry } of pending) {
      bytes += recordExtraBytes + entry.byteLength;
      if (bytes > segments.roomBytes || (count > 0 && bytes > limits.batchBytesMax)) break;
      count += 1;
    }
    underWay = pending.splice(0, count);
    return count;
  }

  /** Counts the entry as soon as nothing can refuse it any more: its place is settled, and no number is ever left out. */
  function take(entry: LogEntry): TakenEntry {
    const { subject } = entry;
    const subjectNumber = subject === undefined ? undefined : numbers.next(subject);
    const bytes = printEntry(entry, subjectNumber);
    if (bytes.byteLength > limits.entryBytesMax) {
      throw new Error(`an entry of ${bytes.byteLength} bytes exceeds ${limits.entryBytesMax}`);
    }
    if (subject !== undefined && subjectNumber !== undefined) numbers.take(subject, subjectNumber);
    return { bytes, subject, subjectNumber };
  }

  function stop(reason: unknown): void {
    stopped ??= { reason };
    for (const { reject } of [...underWay, ...pending]) reject(stopped.reason);
    underWay = [];
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
        pending.push({ ...take(entry), resolve, reject });
        committing ??= commitAll();
      }),
    async idle() {
      while (committing !== undefined) await committing;
    },
    stop,
  };
}
