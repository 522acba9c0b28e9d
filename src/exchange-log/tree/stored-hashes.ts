/** Reads the hash of any range of a tree out of its tiles. */

import { type Hash, hashBytes, nodeHash } from './hash.ts';
import { levelWidth, tileWidth } from './tile-path.ts';

/** Where the tiles are: a folder, a web server, memory. */
export interface TileReader {
  /**
   * The first `width` hashes (1 to 256) of a tile, exactly `width` × 32 bytes: of the partial tile of that width, or
   * cut from the full one. Throws if neither is there.
   */
  tile(level: number, index: number, width: number): Promise<Uint8Array>;
}

/** Entries from `start` up to, without, `end`. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

export interface StoredHashes {
  /**
   * The Merkle tree hash of a range (RFC 6962 section 2.1) that is not empty and starts at a multiple of the least
   * power of two that covers it: what a split of the whole tree can lead to.
   */
  range(range: Range): Promise<Hash>;
}

interface Node {
  /** A node of height h covers 2^h entries. */
  readonly height: number;
  /** From 0, counted within the height. */
  readonly index: number;
}

/** Binary levels in a tile: each tile level is eight of the tree's. */
export const tileHeight = 8;

/** Hashes of the tree of that size. Each tile is read once, at the width that it has in that tree, and kept. */
export function createStoredHashes(reader: TileReader, size: number): StoredHashes {
  const tiles = new Map<string, Promise<Uint8Array>>();

  function readTile(level: number, index: number): Promise<Uint8Array> {
    const key = `${level}/${index}`;
    let tile = tiles.get(key);
    if (tile === undefined) {
      const width = Math.min(tileWidth, levelWidth(size, level) - index * tileWidth);
      tile = checkedTile(reader, level, index, width);
      tiles.set(key, tile);
    }
    return tile;
  }

  async function node({ height, index }: Node): Promise<Hash> {
    const level = Math.floor(height / tileHeight);
    const count = 2 ** (height % tileHeight);
    const tile = await readTile(level, Math.floor((index * count) / tileWidth));
    return subtreeHash(tile, (index * count) % tileWidth, count);
  }

  return {
    async range(range) {
      const hashes = await Promise.all(wholeSubtrees(range).map(node));
      return hashes.reduceRight((right, left) => nodeHash(left, right));
    },
  };
}

/** The full subtrees that a range is made of, left to right, falling in height. */
export function wholeSubtrees({ start, end }: Range): Node[] {
  const nodes = [];
  for (let at = start; at < end; ) {
    const height = heightWithin(end - at);
    nodes.push({ height, index: at / 2 ** height });
    at += 2 ** height;
  }
  return nodes;
}

/** The greatest h with 2^h ≤ count. Not by Math.log2, which rounds 2^49 − 1 up. */
export function heightWithin(count: number): number {
  let height = 0;
  while (2 ** (height + 1) <= count) height++;
  return height;
}

async function checkedTile(reader: TileReader, level: number, index: number, width: number): Promise<Uint8Array> {
  const tile = await reader.tile(level, index, width);
  if (tile.byteLength === width * hashBytes) return tile;
  throw new Error(`tile ${index} of level ${level} has ${tile.byteLength} bytes instead of ${width * hashBytes}`);
}

function subtreeHash(tile: Uint8Array, first: number, count: number): Hash {
  if (count === 1) return Buffer.from(tile.subarray(first * hashBytes, (first + 1) * hashBytes));
  const half = count / 2;
  return nodeHash(subtreeHash(tile, first, half), subtreeHash(tile, first + half, half));
}
