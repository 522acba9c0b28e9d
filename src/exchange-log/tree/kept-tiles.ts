/** Keeps the tiles that were read last: the proofs of many entries share all but the lowest. */

import type { TileReader } from './stored-hashes.ts';

/** At most `tilesMax` of them, 8 KiB each. */
export function keepTiles(reader: TileReader, tilesMax: number): TileReader {
  const kept = new Map<string, Promise<Uint8Array>>();
  return {
    tile(level, index, width) {
      const name = `${level}/${index}.${width}`;
      const known = kept.get(name);
      if (known !== undefined) return known;
      const reading = reader.tile(level, index, width);
      kept.set(name, reading);
      const [oldest] = kept.keys();
      if (kept.size > tilesMax && oldest !== undefined) kept.delete(oldest);
      return reading;
    },
  };
}
