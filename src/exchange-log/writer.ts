/** Writes the exchange log in group commits: all exchanges in flight share one append and one fdatasync, and each reply waits for its own. */

import type { ExchangeLog } from '../exchange/ports.ts';
import type { LogEntry, LogPosition } from '../exchange/types.ts';
import { canonicalJson } from './canonical.ts';
import type { OpenedLogFile } from './log-file.ts';

export interface LogSettings {
  /** Size of one entry, bytes. */
  readonly entryBytesMax: number;
  /** Entries waiting for the disk; beyond them exchanges are refused. */
  readonly pendingEntriesMax: number;
  /** Bytes in one append. */
  readonly batchBytesMax: number;
}

export interface LogObserver {
  committed(entries: number, bytes: number, durationMs: number): void;
  /** Called once: from now on every exchange is refused. */
  failed(error: unknown): void;
}

export interface ExchangeLogWriter extends ExchangeLog {
  /** Undefined while the log can be written. */
  readonly failure: unknown;
  /** Waits for what is under way, then refuses more and closes the file. */
  close(): Promise<void>;
}

interface Pending {
  readonly bytes: Buffer;
  readonly resolve: (position: LogPosition) => void;
  readonly reject: (error: unknown) => void;
}

/** Takes over the opened file. */
export function createLogWriter(
  opened: OpenedLogFile,
  settings: LogSettings,
  observer: LogObserver,
): ExchangeLogWriter {
  const { file } = opened;
  let nextIndex = opened.entryCount;
  let pending: Pending[] = [];
  let failure: unknown;
  let committing: Promise<void> | undefined;

  function takeBatch(): Pending[] {
    let bytes = 0;
    let count = 0;
    for (const { bytes: entry } of pending) {
      if (count > 0 && bytes + entry.byteLength > settings.batchBytesMax) break;
      bytes += entry.byteLength;
      count += 1;
    }
    const batch = pending.slice(0, count);
    pending = pending.slice(count);
    return batch;
  }

  async function commitAll(): Promise<void> {
    // One turn of the event loop: the exchanges that arrived together go out together.
    await new Promise((resolve) => setImmediate(resolve));
    while (pending.length > 0 && failure === undefined) await commit(takeBatch());
    committing = undefined;
  }

  async function commit(batch: readonly Pending[]): Promise<void> {
    const startedMs = performance.now();
    const content = Buffer.concat(batch.map(({ bytes }) => bytes));
    try {
      await file.append(content);
      await file.sync();
    } catch (error) {
      fail(error, batch);
      return;
    }
    for (const { resolve } of batch) resolve({ index: nextIndex++ });
    observer.committed(batch.length, content.byteLength, performance.now() - startedMs);
  }

  /** A failed sync may have dropped what it was to write, and a second one would not tell: never again. */
  function fail(error: unknown, batch: readonly Pending[]): void {
    failure = error;
    for (const { reject } of [...batch, ...pending]) reject(error);
    pending = [];
    observer.failed(error);
  }

  return {
    get failure() {
      return failure;
    },
    record(entry: LogEntry): Promise<LogPosition> {
      if (failure !== undefined) return Promise.reject(failure);
      if (pending.length >= settings.pendingEntriesMax) {
        return Promise.reject(new Error(`${settings.pendingEntriesMax} entries wait for the disk already`));
      }
      const bytes = Buffer.from(`${canonicalJson(entry)}\n`);
      if (bytes.byteLength > settings.entryBytesMax) {
        return Promise.reject(new Error(`an entry of ${bytes.byteLength} bytes exceeds ${settings.entryBytesMax}`));
      }
      return new Promise((resolve, reject) => {
        pending.push({ bytes, resolve, reject });
        committing ??= commitAll();
      });
    },
    async close() {
      // What an acknowledged entry's owner records next is under way as well: without the loop it would wait for ever.
      while (committing !== undefined) await committing;
      failure ??= new Error('the log is closed');
      await file.close();
    },
  };
}
