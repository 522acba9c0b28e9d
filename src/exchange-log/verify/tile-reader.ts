/** Reads the tiles of a log for proofs and roots, and keeps a few: those of one log share all but the lowest. */

import { hashBytes } from '../tree/hash.ts';
import { keepTiles } from '../tree/kept-tiles.ts';
import type { TileReader } from '../tree/stored-hashes.ts';
import { levelWidth, tileWidth } from '../tree/tile-path.ts';
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

/**
 * Of the files of a log of that size alone, whatever the width that is asked for: once those were checked, no older
 * partial file can lead astray. For sizes up to that one.
 */
export function checkedTileReader(source: LogSource, size: number): TileReader {
  const reader = tileReader(source);
  return {
    async tile(level, index, width) {
      const held = Math.min(tileWidth, levelWidth(size, level) - index * tileWidth);
      return (await reader.tile(level, index, held)).subarray(0, width * hashBytes);
    },
  };
}
