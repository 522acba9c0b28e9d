/** Brings the right edge of the log back from its partial files, and demands that it reproduces the checkpoint. */

import type { RestoredEdge } from '../right-edge.ts';
import { type Hash, hashBytes, leafHash } from '../tree/hash.ts';
import { createTreeEdge, restoreTreeEdge } from '../tree/incremental.ts';
import type { TileReader } from '../tree/stored-hashes.ts';
import { levelWidth, partialTiles, tilePath, tileWidth } from '../tree/tile-path.ts';
import { parseBundle } from './bundle.ts';
import { LogDamage } from './damage.ts';
import { isMissing } from './disk.ts';
import type { TileStore } from './tile-store.ts';

export interface TreeHead {
  /** Entries. */
  readonly size: number;
  readonly root: Hash;
}

export const emptyEdge = (): RestoredEdge => ({ tree: createTreeEdge(), levels: [], entries: [] });

/** Reads one partial tile a level and one bundle, however long the log is. Throws LogDamage. */
export async function restoreEdge(store: TileStore, head: TreeHead): Promise<RestoredEdge> {
  const { size, root } = head;
  const levels: Hash[][] = [];
  for (let level = 0; levelWidth(size, level) > 0; level += 1) levels.push([]);
  const paths: string[] = [];
  for (const { level, index, width } of partialTiles(size)) {
    const path = tilePath(level, index, width);
    const tile = await readFile(path, () => store.tile(level, index, width));
    if (tile.byteLength !== width * hashBytes) throw new LogDamage(path, tile.byteLength, 'the tile is cut off');
    levels[level] = hashesOf(tile);
    paths.push(path);
  }
  const tree = await restoreTreeEdge(size, readerOf(levels));
  if (!tree.root().equals(root)) {
    const files = paths.length === 0 ? 'no tile' : paths.join(', ');
    throw new LogDamage('checkpoint', undefined, `its root for ${size} entries is not reproduced by ${files}`);
  }
  return { tree, levels, entries: await restoreEntries(store, size, levels[0] ?? []) };
}

/** Each entry must be the one that the tree holds. */
async function restoreEntries(store: TileStore, size: number, leaves: readonly Hash[]): Promise<Buffer[]> {
  if (leaves.length === 0) return [];
  const index = Math.floor(size / tileWidth);
  const path = tilePath('entries', index, leaves.length);
  const bundle = await readFile(path, () => store.bundle(index, leaves.length));
  const entries = entriesOf(path, bundle).slice(0, leaves.length);
  for (const [ordinal, leaf] of leaves.entries()) {
    const entry = entries[ordinal];
    if (entry === undefined) throw new LogDamage(path, bundle.byteLength, `entry ${ordinal} of the bundle is missing`);
    if (leafHash(entry).equals(leaf)) continue;
    throw new LogDamage(
      path,
      entry.byteOffset - bundle.byteOffset,
      `entry ${ordinal} of the bundle is not the one in the tree`,
    );
  }
  return entries;
}

function entriesOf(path: string, bundle: Buffer): Buffer[] {
  try {
    return parseBundle(bundle);
  } catch (error) {
    throw new LogDamage(path, undefined, (error as Error).message);
  }
}

async function readFile<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (isMissing(error)) throw new LogDamage(path, undefined, 'the file is missing', error);
    throw error;
  }
}

function readerOf(levels: readonly (readonly Hash[])[]): TileReader {
  return { tile: async (level, _index, width) => Buffer.concat((levels[level] ?? []).slice(0, width)) };
}

function hashesOf(tile: Uint8Array): Hash[] {
  const hashes: Hash[] = [];
  for (let at = 0; at < tile.byteLength; at += hashBytes) hashes.push(Buffer.from(tile.subarray(at, at + hashBytes)));
  return hashes;
}
