/** Writes a range of a log out as lines of JSON, each with the proof that makes it a receipt if asked to. */

import { formatReceipt } from '../receipt.ts';
import { leafHash } from '../tree/hash.ts';
import { inclusionProof, ProofError, verifyInclusion } from '../tree/proof.ts';
import { tilePath, tileWidth } from '../tree/tile-path.ts';
import { readBundle } from './entry-files.ts';
import { LogFault } from './log-fault.ts';
import type { LogSource } from './log-source.ts';
import { readAhead } from './read-ahead.ts';
import { readCheckpoint } from './read-checkpoint.ts';
import { tileReader } from './tile-reader.ts';

export interface ExportOptions {
  /** Index of the first entry. */
  readonly from: number;
  /** Index of the last entry; undefined for all that the checkpoint covers. */
  readonly to: number | undefined;
  /** Adds inclusion and checkpoint, after checking that they belong together. */
  readonly proofs: boolean;
}

/** A line for each entry, newline included: `index` and `entry`, or a whole receipt. Throws LogFault, Error. */
export async function* exportLog(source: LogSource, { from, to, proofs }: ExportOptions): AsyncGenerator<string> {
  const note = await source.read('checkpoint');
  if (note === undefined) throw new LogFault('checkpoint', 'the file is missing');
  const { size, root } = readCheckpoint('checkpoint', note, undefined);
  const end = Math.min(size, to === undefined ? size : to + 1);
  const reader = tileReader(source);
  const firstBundle = Math.floor(from / tileWidth);
  const count = Math.max(0, Math.ceil(end / tileWidth) - firstBundle);

  for await (const { start, entries } of readAhead(count, source.readAhead, (at) =>
    read(source, firstBundle + at, size),
  )) {
    for (const [ordinal, entry] of entries.entries()) {
      const index = start + ordinal;
      if (index < from || index >= end) continue;
      if (!proofs) {
        yield `{"index":${index},"entry":${entry}}\n`;
        continue;
      }
      const inclusion = await inclusionProof(reader, index, size);
      try {
        verifyInclusion(leafHash(entry), index, size, inclusion, root);
      } catch (error) {
        if (!(error instanceof ProofError)) throw error;
        throw new LogFault(tilePath('entries', Math.floor(index / tileWidth)), error.message, error);
      }
      yield `${formatReceipt({ index, entry, inclusion, checkpoint: note.toString() })}\n`;
    }
  }
}

async function read(source: LogSource, index: number, size: number): Promise<{ start: number; entries: Buffer[] }> {
  return { start: index * tileWidth, entries: await readBundle(source, index, size) };
}
