/** The hashes of an RFC 6962 Merkle tree (section 2.1): SHA-256 with a first byte that tells leaves from nodes. */

import { hash as digest } from 'node:crypto';

/** A SHA-256 value, 32 bytes. */
export type Hash = Buffer;

export const hashBytes = 32;

/** What a tree without entries has for a root: SHA-256 of nothing. */
export const emptyRoot: Hash = digest('sha256', '', 'buffer');

const leafPrefix = 0x00;
const nodePrefix = 0x01;

/** SHA-256(0x00 ‖ entry). */
export function leafHash(entry: Uint8Array): Hash {
  const input = Buffer.allocUnsafe(1 + entry.byteLength);
  input[0] = leafPrefix;
  input.set(entry, 1);
  return sha256(input);
}

/** The same for an entry at `start` to `end`, without a copy; the byte before it is overwritten. */
export function leafHashIn(memory: Buffer, start: number, end: number): Hash {
  memory[start - 1] = leafPrefix;
  return sha256(memory.subarray(start - 1, end));
}

/** SHA-256(0x01 ‖ left ‖ right), both 32 bytes. */
export function nodeHash(left: Uint8Array, right: Uint8Array): Hash {
  const input = Buffer.allocUnsafe(1 + 2 * hashBytes);
  input[0] = nodePrefix;
  input.set(left, 1);
  input.set(right, 1 + hashBytes);
  return sha256(input);
}

/** By way of a string: a digest of 32 bytes in an ArrayBuffer of its own costs more than computing it. */
function sha256(input: Uint8Array): Hash {
  return Buffer.from(digest('sha256', input, 'binary'), 'binary');
}
