/** Reads the tiles of a log for proofs and roots, and keeps a few: those of one log share all but the lowest. */

import { hashBytes } from '../tree/hash.ts';
import { keepTiles } from '../tree/kept-tiles.ts';
import type { TileReader } from '../tree/stored-hashes.ts';
import { type LogSource, readTile } from './log-source.ts';

const keptTilesMax = 64;

export function tileReader(source: LogSource): TileReader {
  const reader: TileReader = {
    async tile(level, index, width) {
      return (await readTile(source, { level, index, width })).content.subarray(0, width * hashBytes);
    },
  };
  return keepTiles(reader, keptTilesMax);
}
