/** The bundle that is not full yet, as its file will be: each entry is copied once, and hashed where it lies. */

import { type Hash, leafHashIn } from '../tree/hash.ts';
import { lengthBytes } from './bundle.ts';

export interface GrowingBundle {
  /** Entries. */
  readonly count: number;
  /** Gives the hash of the entry's leaf. */
  append(entry: Uint8Array): Hash;
  /** A copy. */
  entry(ordinal: number): Buffer | undefined;
  /** A view of the bundle as it is. */
  content(): Buffer;
  /** Begins the next one: in that memory, which nobody else may need any more, or in new one. */
  begin(memory: Buffer | undefined): void;
}

const startBytes = 1 << 16;

export function createGrowingBundle(entries: readonly Uint8Array[]): GrowingBundle {
  let memory: Buffer = Buffer.allocUnsafeSlow(startBytes);
  /** Bytes behind each entry. */
  let ends: number[] = [];

  function append(entry: Uint8Array): Hash {
    const start = (ends.at(-1) ?? 0) + lengthBytes;
    const end = start + entry.byteLength;
    if (end > memory.byteLength) {
      const larger = Buffer.allocUnsafeSlow(Math.max(2 * memory.byteLength, end));
      memory.copy(larger, 0, 0, start);
      memory = larger;
    }
    memory.set(entry, start);
    const leaf = leafHashIn(memory, start, end);
    memory.writeUInt16BE(entry.byteLength, start - lengthBytes);
    ends.push(end);
    return leaf;
  }

  for (const entry of entries) append(entry);
  return {
    get count() {
      return ends.length;
    },
    append,
    entry(ordinal) {
      const end = ends[ordinal];
      return end === undefined ? undefined : Buffer.from(memory.subarray((ends[ordinal - 1] ?? 0) + lengthBytes, end));
    },
    content: () => memory.subarray(0, ends.at(-1) ?? 0),
    begin(unused) {
      memory = unused ?? Buffer.allocUnsafeSlow(memory.byteLength);
      ends = [];
    },
  };
}
