/** Compares the tiles of a log with what its entries give, level by level, as the entries come. */

import type { ParsedCheckpoint } from '../note/checkpoint.ts';
import { type Hash, hashBytes } from '../tree/hash.ts';
import { levelWidth, type TileAddress, tilePath, tileWidth } from '../tree/tile-path.ts';
import { blame } from './blame.ts';
import { LogFault } from './log-fault.ts';
import { type LogSource, readTile } from './log-source.ts';

export interface TileCheck {
  /** Takes what an entry gives to each level; checks the tiles that are full by it. */
  add(gained: readonly Hash[]): Promise<void>;
  /** Checks the partial tiles, once every entry was taken. */
  end(): Promise<void>;
}

/** Gathers the hashes of each level and compares them, tile by tile, with what the log has. */
export function createTileCheck(source: LogSource, checkpoint: ParsedCheckpoint): TileCheck {
  const levels: Hash[][] = [];
  const ahead = new Map<number, Promise<{ path: string; content: Buffer }>>();

  function address(level: number, index: number): TileAddress & { readonly level: number } {
    return { level, index, width: Math.min(tileWidth, levelWidth(checkpoint.size, level) - index * tileWidth) };
  }

  /** Level 0 is read a few tiles ahead: on the network one round trip a tile would be most of the time. */
  function readLevel0(index: number): Promise<{ path: string; content: Buffer }> {
    const count = Math.ceil(checkpoint.size / tileWidth);
    for (let next = index; next < Math.min(count, index + source.readAhead); next += 1) {
      if (ahead.has(next)) continue;
      const reading = readTile(source, address(0, next));
      reading.catch(() => undefined);
      ahead.set(next, reading);
    }
    const reading = ahead.get(index) as Promise<{ path: string; content: Buffer }>;
    ahead.delete(index);
    return reading;
  }

  const indexes: number[] = [];

  async function check(level: number): Promise<void> {
    const index = indexes[level] ?? 0;
    const computed = Buffer.concat(levels[level] as Hash[]);
    const at = address(level, index);
    const { path, content } = level === 0 ? await readLevel0(index) : await readTile(source, at);
    const expectedBytes = path === tilePath(level, index) ? tileWidth * hashBytes : computed.byteLength;
    if (content.byteLength !== expectedBytes) {
      throw new LogFault(path, `it has ${content.byteLength} bytes instead of ${expectedBytes}`);
    }
    const stored = content.subarray(0, computed.byteLength);
    if (!stored.equals(computed)) throw await blame({ source, checkpoint, at, path, stored, computed });
    levels[level] = [];
    indexes[level] = index + 1;
  }

  return {
    async add(gained) {
      for (const [level, hash] of gained.entries()) {
        levels[level] ??= [];
        levels[level].push(hash);
      }
      for (const level of gained.keys()) if (levels[level]?.length === tileWidth) await check(level);
    },
    async end() {
      for (const [level, hashes] of levels.entries()) if (hashes.length > 0) await check(level);
    },
  };
}
