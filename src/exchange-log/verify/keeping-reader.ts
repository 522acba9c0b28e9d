/** Reads the tiles of a log and keeps a few: proofs and roots of one log share all but the lowest. */

import { hashBytes } from '../tree/hash.ts';
import type { TileReader } from '../tree/stored-hashes.ts';
import { tilePath } from '../tree/tile-path.ts';
import { type LogSource, readTile } from './log-source.ts';

const keptTilesMax = 64;

export function keepingReader(source: LogSource): TileReader {
  const kept = new Map<string, Promise<Buffer>>();
  return {
    tile(level, index, width) {
      const path = tilePath(level, index, width);
      const known = kept.get(path);
      if (known !== undefined) return known;
      const reading = readTile(source, { level, index, width }).then(({ content }) =>
        content.subarray(0, width * hashBytes),
      );
      kept.set(path, reading);
      const [oldest] = kept.keys();
      if (kept.size > keptTilesMax && oldest !== undefined) kept.delete(oldest);
      return reading;
    },
  };
}
