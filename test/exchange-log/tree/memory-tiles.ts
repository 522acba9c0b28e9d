/** Tiles in memory, as a log would have written them. */

import { type Hash, leafHash } from '../../../src/exchange-log/tree/hash.ts';
import { createTreeEdge } from '../../../src/exchange-log/tree/incremental.ts';
import type { TileReader } from '../../../src/exchange-log/tree/stored-hashes.ts';

export interface MemoryTiles extends TileReader {
  /** What was read, as `level/index/width`. */
  readonly reads: string[];
}

export const numberedEntries = (count: number) => Array.from({ length: count }, (_, i) => Buffer.from(`entry ${i}`));

export function memoryTiles(entries: readonly Uint8Array[]): MemoryTiles {
  const levels: Hash[][] = [];
  const edge = createTreeEdge();
  for (const entry of entries) {
    for (const [level, hash] of edge.append(leafHash(entry)).entries()) {
      levels[level] ??= [];
      levels[level].push(hash);
    }
  }
  const reads: string[] = [];
  return {
    reads,
    async tile(level, index, width) {
      reads.push(`${level}/${index}/${width}`);
      const hashes = (levels[level] ?? []).slice(index * 256, index * 256 + width);
      if (hashes.length < width) throw new Error(`no tile ${level}/${index} of width ${width}`);
      return Buffer.concat(hashes);
    },
  };
}
