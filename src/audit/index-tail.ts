/** Keeps the index of the gateway's own log about a second behind it: woken by commits, stopped by no outage, in the way of no exchange. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { StateDatabase } from '../state/state-database.ts';
import { createBell } from './bell.ts';
import { ForeignLog } from './foreign-log.ts';
import { type EntrySource, type LogWriter, openLogWriter } from './log-writer.ts';
import { createWaiting } from './waiting.ts';

export interface TailSettings {
  /** Entries in one transaction. */
  readonly batchEntriesMax: number;
  /** Pause after the index has caught up, in which entries gather for the next transaction. */
  readonly pauseMs: number;
  /** For emptying the index, where it has to be made anew. */
  readonly longStatementTimeoutMs: number;
  readonly retryMs: number;
  readonly retryMsMax: number;
}

export interface TailObserver {
  /** A transaction is durable. */
  added(entries: number, durationMs: number): void;
  /** Entries without a row, because they cannot be understood. */
  unreadable(indexes: readonly number[]): void;
  /** What is indexed is not of this log, and is made anew. */
  rebuilding(reason: string): void;
  /** The index is of another log of this name, which keeps it. Told once; it is tried again. */
  foreign(error: ForeignLog): void;
  /** Told once an outage, and it is tried again. */
  failed(error: unknown): void;
  recovered(): void;
}

export interface IndexTail {
  /** Settles with the first attempt: rejects with ForeignLog where the index of this name is another log's, or with why nobody could say. */
  readonly owned: Promise<void>;
  /** While the index is another log's. */
  readonly foreign: ForeignLog | undefined;
  /** Durable entries of the log that are not indexed, as far as is known. */
  lag(): number;
  /** Says that the log has grown. */
  wake(): void;
  /** True as soon as that entry is indexed, false where it is not within the time. */
  waitUntil(index: number, timeoutMs: number): Promise<boolean>;
  close(): Promise<void>;
}

export interface TailSetup {
  readonly database: StateDatabase;
  readonly source: EntrySource;
  readonly settings: TailSettings;
  readonly observer: TailObserver;
}

export function followLog({ database, source, settings, observer }: TailSetup): IndexTail {
  const closing = new AbortController();
  const waiting = createWaiting();
  const bell = createBell(closing.signal);
  const owned = Promise.withResolvers<void>();
  owned.promise.catch(() => undefined);
  let foreign: ForeignLog | undefined;
  let hasFailed = false;
  const following = followForEver();

  async function followForEver(): Promise<void> {
    let waitMs = settings.retryMs;
    while (!closing.signal.aborted) {
      await follow(() => {
        waitMs = settings.retryMs;
      }).catch(fail);
      await sleep(waitMs, undefined, { signal: closing.signal }).catch(() => undefined);
      waitMs = Math.min(waitMs * 2, settings.retryMsMax);
    }
  }

  function fail(error: unknown): void {
    if (closing.signal.aborted) return;
    owned.reject(error);
    const wasForeign = foreign !== undefined;
    foreign = error instanceof ForeignLog ? error : undefined;
    if (foreign !== undefined && !wasForeign) observer.foreign(foreign);
    if (hasFailed || foreign !== undefined) return;
    hasFailed = true;
    observer.failed(error);
  }

  async function follow(succeeded: () => void): Promise<void> {
    const session = await database.connect(closing.signal);
    const end = () => void session.close();
    closing.signal.addEventListener('abort', end, { once: true });
    try {
      const writer = await openLogWriter(session, source);
      const reason = await writer.mismatch();
      foreign = undefined;
      owned.resolve();
      if (reason !== undefined) {
        observer.rebuilding(reason);
        waiting.moved(0);
        await writer.forget(settings.longStatementTimeoutMs);
      }
      waiting.moved(writer.indexed);
      while (!closing.signal.aborted) {
        await catchUp(writer, succeeded);
        await bell.rung();
      }
    } finally {
      closing.signal.removeEventListener('abort', end);
      await session.close();
    }
  }

  async function catchUp(writer: LogWriter, succeeded: () => void): Promise<void> {
    while (writer.indexed < source.size() && !closing.signal.aborted) {
      const startedMs = performance.now();
      const before = writer.indexed;
      const unreadable = await writer.add(settings.batchEntriesMax);
      observer.added(writer.indexed - before, performance.now() - startedMs);
      if (unreadable.length > 0) observer.unreadable(unreadable);
      waiting.moved(writer.indexed);
    }
    succeeded();
    if (hasFailed) observer.recovered();
    hasFailed = false;
    if (!waiting.isWaitedFor()) await bell.quiet(settings.pauseMs);
  }

  return {
    owned: owned.promise,
    get foreign() {
      return foreign;
    },
    lag: () => Math.max(0, source.size() - waiting.indexed()),
    wake: bell.ring,
    waitUntil(index, timeoutMs) {
      bell.hurry();
      return waiting.until(index, timeoutMs);
    },
    async close() {
      closing.abort();
      waiting.end();
      await following;
    },
  };
}
