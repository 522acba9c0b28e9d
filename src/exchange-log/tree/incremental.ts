/** Grows a tree by its right edge alone: one hash for each full subtree, so that no entry is ever read again. */

import { emptyRoot, type Hash, hashBytes, nodeHash } from './hash.ts';
import { createStoredHashes, type TileReader, tileHeight, wholeSubtrees } from './stored-hashes.ts';

export interface TreeEdge {
  /** Entries so far. */
  readonly size: number;
  /**
   * Adds an entry. Returns what the tiles gain by it: first the leaf's hash, for level 0; then, where that filled the
   * tile of level 0, the tile's hash, for level 1; and so on up. One hash for 255 entries of 256.
   */
  append(leaf: Hash): Hash[];
  /** The root at the present size. */
  root(): Hash;
}

/** The edge of a tree without entries. */
export function createTreeEdge(): TreeEdge {
  return growing(0, []);
}

/** The edge of a tree of that size, from its partial tiles; throws what the reader throws. */
export async function restoreTreeEdge(size: number, reader: TileReader): Promise<TreeEdge> {
  if (!Number.isSafeInteger(size) || size < 0) throw new RangeError(`${size} is not the size of a tree`);
  const stored = createStoredHashes(reader, size);
  const edge: Hash[] = [];
  await Promise.all(
    wholeSubtrees({ start: 0, end: size }).map(async ({ height, index }) => {
      edge[height] = await stored.range({ start: index * 2 ** height, end: (index + 1) * 2 ** height });
    }),
  );
  return growing(size, edge);
}

/** `edge[h]` is the full subtree of 2^h entries at the right end, and stands while bit h of the size is set. */
function growing(startSize: number, edge: Hash[]): TreeEdge {
  let size = startSize;

  function append(leaf: Hash): Hash[] {
    if (leaf.byteLength !== hashBytes) throw new RangeError(`a leaf's hash of ${leaf.byteLength} bytes`);
    if (size === Number.MAX_SAFE_INTEGER) throw new RangeError('the tree is full');
    const gained = [leaf];
    let hash = leaf;
    let height = 0;
    // Each set bit at the low end is a full subtree that the new one joins: as in adding one to a binary number.
    for (let rest = size; rest % 2 === 1; rest = (rest - 1) / 2) {
      hash = nodeHash(edge[height] as Hash, hash);
      height += 1;
      if (height % tileHeight === 0) gained.push(hash);
    }
    edge[height] = hash;
    size += 1;
    return gained;
  }

  return {
    get size() {
      return size;
    },
    append,
    root() {
      if (size === 0) return emptyRoot;
      const standing = wholeSubtrees({ start: 0, end: size }).map(({ height }) => edge[height] as Hash);
      return standing.reduceRight((right, left) => nodeHash(left, right));
    },
  };
}
