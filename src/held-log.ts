/** One log that this process has open, with all that answers out of it; a log without a worker is opened here to be that. */

import type { GatewaySettings } from './config.ts';
import type { DataLog } from './data-logs.ts';
import type { LogFiles, OwnLog, Receipts } from './exchange/log-ports.ts';
import type { ExchangeLog } from './exchange/ports.ts';
import type { Evidences } from './exchange-log/evidence/vault.ts';
import { openExchangeLog } from './exchange-log/log.ts';
import { createOwnLog } from './exchange-log/own-log.ts';
import { createReceipts } from './exchange-log/receipts.ts';
import { createServedFiles } from './exchange-log/served-files.ts';
import type { Disk } from './exchange-log/store/disk.ts';
import { layoutOf } from './exchange-log/store/layout.ts';
import { openTimestampStore, type TimestampStore } from './exchange-log/timestamps/timestamp-store.ts';
import type { TransparencyLog } from './exchange-log/transparency-log.ts';
import type { GatewayKeys } from './gateway-keys.ts';
import { createLookUpTurns } from './look-up-turns.ts';
import type { OpenIndex } from './open-index.ts';
import type { Logger } from './telemetry/logger.ts';
import { createWitnessing } from './witnessing.ts';

export interface HeldLog {
  readonly place: DataLog;
  readonly files: LogFiles;
  readonly receipts: Receipts;
  readonly ownLog: OwnLog;
  readonly record: ExchangeLog['record'];
  /** Undefined where no bodies are sealed. */
  readonly evidences: Evidences | undefined;
  /** True as soon as the index holds what the log holds now; false where it does not within the time. */
  caughtUp(timeoutMs: number): Promise<boolean>;
}

export interface HeldLogParts {
  readonly place: DataLog;
  readonly log: TransparencyLog;
  readonly disk: Disk;
  readonly timestampStore: TimestampStore;
  readonly evidences: Evidences | undefined;
  readonly settings: GatewaySettings;
  /** See IndexTail. */
  readonly waitUntil: (index: number, timeoutMs: number) => Promise<boolean>;
}

export function holdLog({ place, log, disk, timestampStore, evidences, settings, waitUntil }: HeldLogParts): HeldLog {
  return {
    place,
    evidences,
    record: log.record,
    files: createServedFiles({
      folder: place.folder,
      checkpoint: log.checkpoint,
      timestampSizes: () => timestampStore.sizes,
    }),
    receipts: createReceipts({
      log,
      disk,
      folder: place.folder,
      settings: settings.receipts,
      turns: createLookUpTurns(settings.receipts),
      // The message arrives within the first, and no connection outlives the second while its exchange runs.
      arrivalMsMax: settings.http.requestTimeoutMs + settings.http.inactivityTimeoutMs,
    }),
    ownLog: createOwnLog({
      log,
      origin: place.origin,
      checkpointWaitMs: settings.receipts.checkpointWaitMs,
      proofsAtOnceMax: settings.accesses.proofsAtOnceMax,
    }),
    caughtUp: async (timeoutMs) => log.size() === 0 || waitUntil(log.size() - 1, timeoutMs),
  };
}

export interface OrphanSetup {
  readonly place: DataLog;
  readonly keys: GatewayKeys;
  readonly disk: Disk;
  readonly settings: GatewaySettings;
  readonly index: OpenIndex;
  readonly openEvidences: (place: DataLog) => Promise<Evidences | undefined>;
  readonly logger: Logger;
}

/**
 * A log whose worker there is no more. Nothing but people's questions about themselves is recorded in it; opening it brings what its worker left into the tree
 * and under a checkpoint by the keys of today, and its last entries into the index.
 */
export async function openOrphan(setup: OrphanSetup): Promise<HeldLog & { close(): Promise<void> }> {
  const { place, keys, disk, settings, index } = setup;
  const logger = setup.logger.child({ log: place.origin });
  const [key, ...olderKeys] = keys.log;
  const clock = { nowMs: Date.now };
  const untold = { witnessAnswered: () => undefined, logCosigned: () => undefined };
  const log = await openExchangeLog({
    folder: place.folder,
    headCopy: place.headCopy,
    origin: place.origin,
    key,
    olderKeys,
    marks: keys.marks,
    settings: settings.exchangeLog,
    clock,
    observer: {
      committed: () => undefined,
      checkpointed: () => undefined,
      recovered: ({ replayedEntries }) =>
        logger.info({ replayedEntries }, 'a log that no worker writes is kept open to be read'),
      recounting: () => undefined,
      failed: (error) => logger.error({ error }, 'a log that no worker writes cannot be kept open'),
    },
    disk,
    // Hardly anything is written to it.
    tree: 'here',
    cosigning: createWitnessing(settings.exchangeLog.witnesses, untold, logger, clock)?.cosigning,
  });
  try {
    const timestampStore = await openTimestampStore(disk, layoutOf(place.folder));
    const evidences = await setup.openEvidences(place);
    const tail = index.follow({ origin: place.origin, logId: log.logId, size: log.size, readEntries: log.readEntries });
    const held = holdLog({ ...setup, log, timestampStore, evidences, waitUntil: tail.waitUntil });
    return {
      ...held,
      async record(entry) {
        const position = await log.record(entry);
        tail.wake();
        return position;
      },
      async close() {
        await evidences?.close();
        await log.close();
      },
    };
  } catch (error) {
    await log.close();
    throw error;
  }
}
