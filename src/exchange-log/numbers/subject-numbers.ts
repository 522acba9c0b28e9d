/** Counts the entries about each subject, and knows where late ones stand: the next number is known at once, however many people the log knows. */

import { LRUCache } from 'lru-cache';
import { namingSqliteFailure } from '../store/disk-failure.ts';
import { type CatchUpSetup, catchUp, markOf } from './catch-up.ts';
import { type FileThread, startFileThread } from './file-thread.ts';
import { isUnusable, removeSubjectFile } from './subject-file.ts';

export interface SubjectSettings {
  /** Subjects whose last number is kept in memory; for any other the file is read. */
  readonly keptMax: number;
  /** Subjects whose last number waits to be written; beyond twice as many, entries wait. */
  readonly unwrittenMax: number;
  /** What waits is written so often, milliseconds; after a crash as much is read from the log again. */
  readonly writeIntervalMs: number;
  /** Pages of the file that stay in memory, for the reading and the writing connection each, bytes. */
  readonly fileCacheBytesMax: number;
}

export interface SubjectNumbers {
  /** What the next entry about the subject is numbered, from 1. Throws where the file cannot be read. */
  next(subject: string): number;
  /** Index of a durable entry that took long or was recorded late, by its id. Throws where the file cannot be read. */
  lateAt(id: string): number | undefined;
  /** An entry is taken in with that number. */
  take(subject: string, number: number): void;
  /** Entries that were taken in are durable, in order; the log has `size` by now. */
  durable(entries: readonly TakenEntry[], size: number): void;
  /** Undefined where few enough numbers wait to be written for more to come; otherwise resolves then, or when that has failed. */
  room(): Promise<void> | undefined;
  /** Writes what is durable, unless the file has failed. */
  close(): Promise<void>;
}

export interface TakenEntry {
  readonly bytes: Buffer;
  readonly subject: string | undefined;
  readonly subjectNumber: number | undefined;
  /** Its id, where the entry is late. */
  readonly lateId: string | undefined;
}

export interface SubjectNumbersSetup extends Pick<CatchUpSetup, 'path' | 'entries' | 'recounting'> {
  readonly settings: SubjectSettings;
  readonly failed: (error: unknown) => void;
}

/** One message to the thread carries so many changes, which hold up the event loop for a millisecond; fewer messages write a number that changes often less often. */
const messageChanges = 4000;

interface Generation {
  readonly numbers: ReadonlyMap<string, number>;
  /** Its numbers are all in the file when so many are. */
  readonly takenCount: number;
}

/**
 * A number lives in `young` when it is taken, moves to `old` with all others when it is time to write, and is forgotten
 * there when the file has them: whatever the cache lets go is in one of the two or in the file. Only numbers of durable
 * entries are written, and with them the size of the log at that moment: the file never claims more than the log has,
 * and lacks at most its last entries, which the next start reads.
 */
export async function openSubjectNumbers(setup: SubjectNumbersSetup): Promise<SubjectNumbers> {
  const { path, settings, failed } = setup;
  const { keptMax, unwrittenMax, fileCacheBytesMax: cacheBytesMax } = settings;
  const file = await catchUp({ ...setup, cacheBytesMax }).catch((error) => {
    throw namingSqliteFailure(path, error);
  });
  const kept = new LRUCache<string, number>({ max: keptMax });
  let young = new Map<string, number>();
  let old: Generation | undefined;
  let takenCount = 0;
  let durableCount = 0;
  let writtenCount = 0;
  let size = setup.entries.size;
  let writtenSize = size;
  let last: Uint8Array | undefined;
  /** Of durable entries, not yet sent to the thread. */
  let changes = new Map<string, number>();
  /** Of durable entries, not yet sent to the thread. */
  let lateChanges = new Map<string, number>();
  /** Of durable entries, not known to be in the file. */
  const late = new Map<string, number>();
  let thread: FileThread | undefined;
  let writing: Promise<void> | undefined;
  let broken = false;
  let waiting: (() => void)[] = [];
  const timer = setInterval(write, settings.writeIntervalMs).unref();

  const hasRoom = () => broken || durableCount - writtenCount < 2 * unwrittenMax;

  function wake(): void {
    if (!hasRoom()) return;
    for (const go of waiting) go();
    waiting = [];
  }

  function fail(error: unknown): void {
    if (broken) return;
    broken = true;
    clearInterval(timer);
    // The next start counts anew.
    if (isUnusable(error)) removeSubjectFile(path);
    failed(namingSqliteFailure(path, error));
    wake();
  }

  function write(): void {
    if (broken || writing !== undefined || size === writtenSize) return;
    old ??= takeGeneration();
    writing = writeDurable();
  }

  function takeGeneration(): Generation {
    const generation = { numbers: young, takenCount };
    young = new Map();
    return generation;
  }

  async function writeDurable(): Promise<void> {
    const covered = { count: durableCount, size };
    try {
      await send().commit(markOf(size, last));
    } catch (error) {
      return fail(error);
    }
    writtenCount = covered.count;
    writtenSize = covered.size;
    for (const [id, index] of late) if (index < writtenSize) late.delete(id);
    // Entries that were taken in before and are not durable yet keep their generation for the next time.
    if (old !== undefined && writtenCount >= old.takenCount) old = undefined;
    writing = undefined;
    wake();
    if (durableCount - writtenCount >= unwrittenMax) write();
  }

  /** A log that is closed soon after it was opened never starts the thread. */
  function send(): FileThread {
    thread ??= startFileThread({ path, cacheBytesMax }, fail);
    if (changes.size + lateChanges.size > 0) thread.write(changes, lateChanges);
    changes = new Map();
    lateChanges = new Map();
    return thread;
  }

  /** The first entry of an id is the one that counts. */
  function noteLate(id: string, index: number): void {
    if (late.has(id)) return;
    late.set(id, index);
    lateChanges.set(id, index);
  }

  async function finish(): Promise<void> {
    const mark = markOf(size, last);
    if (thread !== undefined) return send().commit(mark).catch(fail);
    for (const [subject, number] of changes) file.set(subject, number);
    for (const [id, index] of lateChanges) file.setLate(id, index);
    file.commit(mark);
  }

  return {
    next(subject) {
      const known = kept.get(subject) ?? young.get(subject) ?? old?.numbers.get(subject);
      if (known !== undefined) return known + 1;
      const number = reading(() => file.lastOf(subject), fail);
      kept.set(subject, number);
      return number + 1;
    },
    lateAt: (id) => reading(() => file.lateAt(id), fail) ?? late.get(id),
    take(subject, number) {
      kept.set(subject, number);
      young.set(subject, number);
      takenCount += 1;
    },
    durable(entries, sizeNow) {
      for (const [nth, { subject, subjectNumber, lateId }] of entries.entries()) {
        if (lateId !== undefined) noteLate(lateId, size + nth);
        if (subject === undefined || subjectNumber === undefined) continue;
        changes.set(subject, subjectNumber);
        durableCount += 1;
      }
      size = sizeNow;
      // A copy: the entries' memory is used again.
      last = Buffer.from(entries.at(-1)?.bytes ?? '');
      if (broken) return;
      if (thread !== undefined && changes.size >= messageChanges) send();
      if (durableCount - writtenCount >= unwrittenMax) write();
    },
    room: () => (hasRoom() ? undefined : new Promise((resolve) => waiting.push(resolve))),
    async close() {
      clearInterval(timer);
      while (writing !== undefined && !broken) await writing;
      if (!broken && size > writtenSize) await finish();
      broken = true;
      wake();
      await thread?.close();
      file.close();
    },
  };
}

function reading<T>(read: () => T, fail: (error: unknown) => void): T {
  try {
    return read();
  } catch (error) {
    // Whoever goes on without it would number an entry wrongly, or record one twice, for ever.
    fail(error);
    throw error;
  }
}
