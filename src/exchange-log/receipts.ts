/** Makes receipts out of the running log: finds the exchange, waits for a checkpoint that covers it, proves it. */

import type { LogEntry } from '../exchange/entries.ts';
import type { LookingUp, LookUpTurns, Receipts } from '../exchange/log-ports.ts';
import { checkpointOver } from './checkpoint-over.ts';
import { type FoundEntry, findExchange } from './find.ts';
import { parseCheckpoint } from './note/checkpoint.ts';
import { parseNote } from './note/note.ts';
import { createReceipt } from './receipt.ts';
import { parseBundle } from './store/bundle.ts';
import { type Disk, isMissing } from './store/disk.ts';
import { layoutOf } from './store/layout.ts';
import type { TransparencyLog } from './transparency-log.ts';
import { inclusionProof } from './tree/proof.ts';
import { tilePath, tileWidth } from './tree/tile-path.ts';

export interface ReceiptSettings {
  /** For a checkpoint that covers the exchange, milliseconds. */
  readonly checkpointWaitMs: number;
  /** So far may the clock be set without hiding an exchange, milliseconds. */
  readonly clockStepMs: number;
}

export interface ReceiptsSetup {
  readonly log: TransparencyLog;
  readonly disk: Disk;
  readonly folder: string;
  readonly settings: ReceiptSettings;
  /** Each look-up may read as many bundles as came in within its window. */
  readonly turns: LookUpTurns;
  /** From the making of an exchange's id to the time of its entry, milliseconds at most. */
  readonly arrivalMsMax: number;
}

export function createReceipts({ log, disk, folder, settings, turns, arrivalMsMax }: ReceiptsSetup): Receipts {
  const bundle = bundleReader(log, disk, folder);
  async function find(id: string, by: LookingUp): Promise<FoundEntry | undefined> {
    const { clockStepMs } = settings;
    const { lateAt } = log;
    const endTurn = await turns.take(by);
    try {
      const wanted = (index: number) => {
        by.signal.throwIfAborted();
        return bundle(index);
      };
      return await findExchange(id, { size: log.size(), bundle: wanted, lateAt, arrivalMsMax, clockStepMs });
    } finally {
      endTurn();
    }
  }

  return {
    async find(id, by) {
      const found = await find(id, by);
      if (found === undefined) return undefined;
      const entry = JSON.parse(found.entry.toString()) as LogEntry;
      return { ...found, consumer: 'consumer' in entry ? entry.consumer : undefined };
    },
    async prove(recorded) {
      const checkpoint = await checkpointOver(log, recorded.index, settings.checkpointWaitMs);
      const { size } = parseCheckpoint(parseNote(checkpoint).text);
      const inclusion = await inclusionProof(log.reader, recorded.index, size);
      return createReceipt({ ...recorded, inclusion, checkpoint });
    },
  };
}

/** Full bundles from their files; the rest from the log, which still has it in memory. */
function bundleReader(log: TransparencyLog, disk: Disk, folder: string): (index: number) => Promise<Buffer[]> {
  const layout = layoutOf(folder);
  return async (index) => {
    const start = index * tileWidth;
    const end = Math.min(start + tileWidth, log.size());
    if (end - start === tileWidth) {
      try {
        return parseBundle(await disk.read(layout.file(tilePath('entries', index))));
      } catch (error) {
        if (!isMissing(error)) throw error;
      }
    }
    return Promise.all(Array.from({ length: end - start }, (_one, ordinal) => log.readEntry(start + ordinal)));
  };
}
