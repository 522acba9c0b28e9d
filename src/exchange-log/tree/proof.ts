/** Makes and checks the proofs that an entry is in a tree, and that a tree only grew (RFC 6962 sections 2.1.1 and 2.1.2). */

import { emptyRoot, type Hash, hashBytes, nodeHash } from './hash.ts';
import { createStoredHashes, heightWithin, type Range, type TileReader } from './stored-hashes.ts';

/** The proof does not show what it should. */
export class ProofError extends Error {
  override readonly name = 'ProofError';
}

/** The root of the tree that the log was at that size. Throws what the reader throws. */
export async function rootAt(reader: TileReader, size: number): Promise<Hash> {
  demand(isSize(size), `${size} is not the size of a tree`);
  return size === 0 ? emptyRoot : createStoredHashes(reader, size).range({ start: 0, end: size });
}

/** Hashes from the leaf's sibling up to the root's child. RangeError unless 0 ≤ index < size. */
export async function inclusionProof(reader: TileReader, index: number, size: number): Promise<Hash[]> {
  demand(isSize(index) && isSize(size) && index < size, `a tree of ${size} entries has none at ${index}`);
  const stored = createStoredHashes(reader, size);
  return Promise.all(siblings(index, size).map((range) => stored.range(range)));
}

/** That the tree of the new size begins with that of the old one; empty for equal sizes and from size 0. */
export async function consistencyProof(reader: TileReader, oldSize: number, newSize: number): Promise<Hash[]> {
  demand(isSize(oldSize) && isSize(newSize) && oldSize <= newSize, `no tree grows from ${oldSize} to ${newSize}`);
  const stored = createStoredHashes(reader, newSize);
  return Promise.all(growth(oldSize, newSize).map((range) => stored.range(range)));
}

/** Throws ProofError unless the proof shows the leaf at that index of the tree with that root. */
export function verifyInclusion(leaf: Hash, index: number, size: number, proof: readonly Hash[], root: Hash): void {
  refuse(!isSize(index) || !isSize(size) || index >= size, `a tree of ${size} entries has none at ${index}`);
  refuseWidth(leaf);
  let reached = leaf;
  for (const [{ end }, hash] of paired(siblings(index, size), proof)) {
    reached = end <= index ? nodeHash(hash, reached) : nodeHash(reached, hash);
  }
  refuse(!reached.equals(root), `entry ${index} is not in the tree of ${size} entries with this root`);
}

/** Throws ProofError unless the proof shows that the tree of the old size and root is the beginning of the new one. */
export function verifyConsistency(
  oldSize: number,
  oldRoot: Hash,
  newSize: number,
  newRoot: Hash,
  proof: readonly Hash[],
): void {
  refuse(!isSize(oldSize) || !isSize(newSize) || oldSize > newSize, `no tree grows from ${oldSize} to ${newSize}`);
  refuseWidth(oldRoot);
  let oldReached = oldSize === 0 ? emptyRoot : oldRoot;
  let newReached = oldSize === 0 ? newRoot : oldRoot;
  for (const [{ end }, hash] of paired(growth(oldSize, newSize), proof)) {
    if (end === oldSize) {
      oldReached = hash;
      newReached = hash;
    } else if (end < oldSize) {
      oldReached = nodeHash(hash, oldReached);
      newReached = nodeHash(hash, newReached);
    } else {
      newReached = nodeHash(newReached, hash);
    }
  }
  refuse(!oldReached.equals(oldRoot), `the proof does not lead to the root of size ${oldSize}`);
  refuse(!newReached.equals(newRoot), `the proof does not lead to the root of size ${newSize}`);
}

/** What hangs beside the way from the leaf up to the root, in that order. */
function siblings(index: number, size: number): Range[] {
  const ranges: Range[] = [];
  let start = 0;
  let end = size;
  while (end - start > 1) {
    const middle = splitOf(start, end);
    ranges.unshift(index < middle ? { start: middle, end } : { start, end: middle });
    if (index < middle) end = middle;
    else start = middle;
  }
  return ranges;
}

/**
 * What hangs beside the way from the last subtree of the old tree that is one of the new tree too up to the root; first
 * of all that subtree itself, the one that ends at the old size, unless it is the whole old tree, whose root is known.
 */
function growth(oldSize: number, newSize: number): Range[] {
  if (oldSize === 0) return [];
  const ranges: Range[] = [];
  let start = 0;
  let end = newSize;
  while (end !== oldSize) {
    const middle = splitOf(start, end);
    ranges.unshift(oldSize <= middle ? { start: middle, end } : { start, end: middle });
    if (oldSize <= middle) end = middle;
    else start = middle;
  }
  return start === 0 ? ranges : [{ start, end }, ...ranges];
}

/** The left part of a tree is the greatest power of two less than all of it. */
function splitOf(start: number, end: number): number {
  return start + 2 ** heightWithin(end - start - 1);
}

function paired(ranges: readonly Range[], proof: readonly Hash[]): [Range, Hash][] {
  refuse(proof.length !== ranges.length, `the proof has ${proof.length} hashes instead of ${ranges.length}`);
  return proof.map((hash, step) => {
    refuseWidth(hash);
    return [ranges[step] as Range, hash];
  });
}

/** A longer one could be hashed as if it ended after 32 bytes. */
function refuseWidth(hash: Hash): void {
  refuse(hash.byteLength !== hashBytes, `a hash of ${hash.byteLength} bytes instead of ${hashBytes}`);
}

function isSize(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function demand(condition: boolean, message: string): void {
  if (!condition) throw new RangeError(message);
}

function refuse(condition: boolean, message: string): void {
  if (condition) throw new ProofError(message);
}
