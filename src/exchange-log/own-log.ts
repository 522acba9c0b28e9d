/** Hands out entries of the running log with proofs that one signed checkpoint covers them all. */

import type { LogEntry } from '../exchange/entries.ts';
import type { OwnLog, ProvenEntry } from '../exchange/log-ports.ts';
import { checkpointOver } from './checkpoint-over.ts';
import { parseCheckpoint } from './note/checkpoint.ts';
import { parseNote } from './note/note.ts';
import { createSlots } from './slots.ts';
import type { TransparencyLog } from './transparency-log.ts';
import { keepTiles } from './tree/kept-tiles.ts';
import { inclusionProof } from './tree/proof.ts';

export interface OwnLogSetup {
  readonly log: TransparencyLog;
  readonly origin: string;
  /** For a checkpoint that covers the entries, milliseconds. */
  readonly checkpointWaitMs: number;
  /** Answers whose entries are read at the same time; the others wait their turn. */
  readonly proofsAtOnceMax: number;
}

/** For one answer: its rows lie anywhere in the log, and share the tiles above the lowest. */
const keptTilesMax = 64;

export function createOwnLog({ log, origin, checkpointWaitMs, proofsAtOnceMax }: OwnLogSetup): OwnLog {
  const slots = createSlots(proofsAtOnceMax);
  return {
    origin,
    async prove(indexes) {
      const checkpoint = await checkpointOver(log, Math.max(...indexes), checkpointWaitMs);
      const { size } = parseCheckpoint(parseNote(checkpoint).text);
      // One file at a time: the threads that read are those that write the log.
      const entries = await slots.run(async () => {
        const reader = keepTiles(log.reader, keptTilesMax);
        const proven: ProvenEntry[] = [];
        for (const index of indexes) {
          const hashes = await inclusionProof(reader, index, size);
          const inclusion = hashes.map((hash) => hash.toString('base64'));
          proven.push({ index, entry: await log.readEntry(index), inclusion });
        }
        return proven;
      });
      return { checkpoint, entries };
    },
    async begunAt() {
      if (log.size() === 0) return undefined;
      return (JSON.parse((await log.readEntry(0)).toString()) as LogEntry).time;
    },
  };
}
