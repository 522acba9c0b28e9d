/** Keeps a log open whose worker there is no more: where it cannot be written it is opened again, as a start does, for no worker comes to replace it. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { DataLog } from './data-logs.ts';
import { createFilesOf } from './exchange-log/files-of.ts';
import type { Timestamper } from './exchange-log/timestamps/timestamper.ts';
import type { HeldLog } from './held-log.ts';
import { Problem } from './problems.ts';
import type { Logger } from './telemetry/logger.ts';

export interface ReopenSettings {
  /** Before a log that could not be written is opened again; twice as long after each time in vain, milliseconds. */
  readonly reopenMs: number;
  readonly reopenMsMax: number;
}

export interface OpenedLog extends HeldLog {
  /** Undefined where none are configured, and while it is closed. */
  readonly timestamps: Timestamper | undefined;
  close(): Promise<void>;
}

export interface FormerLogSetup {
  readonly place: DataLog;
  readonly settings: ReopenSettings;
  /** `failed` is told when it takes entries no more. */
  readonly open: (failed: (error: unknown) => void) => Promise<OpenedLog>;
  readonly logger: Pick<Logger, 'error'>;
}

/** Throws what `open` throws the first time. */
export async function keepOpen({ place, settings, open, logger }: FormerLogSetup): Promise<OpenedLog> {
  const closing = new AbortController();
  const onDisk = createFilesOf(place.folder);
  let opened: OpenedLog | undefined;
  let waitMs = settings.reopenMs;
  let told: string | undefined;
  // Settled from the first: nobody opens it again while it is opened for the first time.
  let reopening: Promise<void> | undefined = Promise.resolve();

  function tell(error: unknown, what: string): void {
    const message = (error as Error).message;
    if (message !== told) logger.error({ error }, what);
    told = message;
  }

  function fail(error: unknown): void {
    if (closing.signal.aborted) return;
    tell(error, 'a log that no worker writes cannot be written; it is opened again');
    reopening ??= reopen();
  }

  async function reopen(): Promise<void> {
    while (!closing.signal.aborted && !opened?.isWritable()) {
      await sleep(waitMs, undefined, { signal: closing.signal }).catch(() => undefined);
      waitMs = Math.min(waitMs * 2, settings.reopenMsMax);
      if (!closing.signal.aborted)
        await tryAgain().catch((error: unknown) => tell(error, 'it cannot be opened again yet'));
    }
    reopening = undefined;
  }

  async function tryAgain(): Promise<void> {
    const failed = opened;
    opened = undefined;
    await failed?.close();
    opened = await open(fail);
  }

  function demandOpened(): OpenedLog {
    if (opened === undefined) throw away();
    return opened;
  }

  function away(cause?: unknown): Problem {
    const detail = `The log ${place.origin} could not be written, and is being opened again.`;
    return new Problem('checkpoint-pending', detail, { cause, retryAfterSeconds: Math.ceil(waitMs / 1000) });
  }

  opened = await open(fail);
  reopening = opened.isWritable() ? undefined : reopen();

  return {
    place,
    get files() {
      return opened?.files ?? onDisk;
    },
    receipts: {
      find: async (id, by) => demandOpened().receipts.find(id, by),
      prove: async (recorded) => demandOpened().receipts.prove(recorded),
    },
    ownLog: {
      origin: place.origin,
      prove: async (indexes) => demandOpened().ownLog.prove(indexes),
      begunAt: async () => demandOpened().ownLog.begunAt(),
    },
    // Not undefined while it is closed: then an erasure would pass it by.
    get evidences() {
      return demandOpened().evidences;
    },
    get timestamps() {
      return opened?.timestamps;
    },
    isWritable: () => opened?.isWritable() ?? false,
    async record(entry) {
      const log = demandOpened();
      try {
        const position = await log.record(entry);
        waitMs = settings.reopenMs;
        told = undefined;
        return position;
      } catch (error) {
        throw log.isWritable() ? error : away(error);
      }
    },
    caughtUp: async (timeoutMs) => (await opened?.caughtUp(timeoutMs)) ?? false,
    async close() {
      closing.abort();
      await reopening;
      await opened?.close();
    },
  };
}
