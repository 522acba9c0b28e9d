/** Reads the entries of a log out of its files, as far as its checkpoint goes: for who reads a log that no gateway has open. */

import { parseBundle } from '../store/bundle.ts';
import { tileWidth } from '../tree/tile-path.ts';
import { LogFault } from './log-fault.ts';
import { type LogSource, readTile } from './log-source.ts';
import { readCheckpoint } from './read-checkpoint.ts';

export interface EntryFiles {
  readonly origin: string;
  /** Entries that the checkpoint covers. */
  size(): number;
  /** From an index on, in order: those of its bundle, `count` at most. Throws LogFault. */
  readEntries(from: number, count: number): Promise<readonly Buffer[]>;
}

/** The checkpoint's signature is not checked. Throws LogFault where there is none. */
export async function openEntryFiles(source: LogSource): Promise<EntryFiles> {
  const note = await source.read('checkpoint');
  if (note === undefined) throw new LogFault('checkpoint', 'the file is missing');
  const { origin, size } = readCheckpoint('checkpoint', note, undefined);
  return {
    origin,
    size: () => size,
    async readEntries(from, count) {
      const entries = await readBundle(source, Math.floor(from / tileWidth), size);
      return entries.slice(from % tileWidth, (from % tileWidth) + count);
    },
  };
}

/** The entries of a bundle that a log of that size has. Throws LogFault. */
export async function readBundle(source: LogSource, index: number, size: number): Promise<Buffer[]> {
  const width = Math.min(tileWidth, size - index * tileWidth);
  const { path, content } = await readTile(source, { level: 'entries', index, width });
  try {
    const entries = parseBundle(content).slice(0, width);
    if (entries.length < width) throw new RangeError(`it holds ${entries.length} entries instead of ${width}`);
    return entries;
  } catch (error) {
    throw new LogFault(path, (error as Error).message, error);
  }
}
