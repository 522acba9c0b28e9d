/** Memory that entries are printed into, ready to be written: one copy of each, from which the disk and the tree take it. */

import { recordExtraBytes, recordHeaderBytes } from './record.ts';

/** Where an entry is printed. */
export interface Paper {
  /** Text whose every character is one byte, as it is to be kept. */
  bytes(text: string): Buffer;
  /** Any other text, in UTF-8. */
  text(text: string): Buffer;
}

const pageBytes = 1 << 18;

/** Throws for an entry that is too large, and takes no room for it. */
export function createCommitMemory(entryBytesMax: number): Paper {
  let page = Buffer.alloc(0);
  let end = 0;

  /** Byte of the page at which the entry goes. */
  function reserve(bytes: number): number {
    if (bytes > entryBytesMax) throw new Error(`an entry of ${bytes} bytes exceeds ${entryBytesMax}`);
    if (end + recordExtraBytes + bytes > page.byteLength) {
      // Never used twice: the tree may still need what was durable long ago, and what nobody needs goes by itself.
      page = Buffer.allocUnsafeSlow(Math.max(pageBytes, recordExtraBytes + bytes));
      end = 0;
    }
    const start = end + recordHeaderBytes;
    end += recordExtraBytes + bytes;
    return start;
  }

  return {
    bytes(text) {
      const start = reserve(text.length);
      page.write(text, start, text.length, 'latin1');
      return page.subarray(start, start + text.length);
    },
    text(text) {
      const bytes = Buffer.byteLength(text);
      const start = reserve(bytes);
      page.write(text, start, bytes);
      return page.subarray(start, start + bytes);
    },
  };
}

/** Whether two entries that were printed one after the other can be in one commit. */
export function isBehind(one: Buffer, next: Buffer): boolean {
  return next.buffer === one.buffer && next.byteOffset === one.byteOffset + one.byteLength + recordExtraBytes;
}

/** The records of such entries, from the first's header to the last's end. */
export function commitOf(first: Buffer, last: Buffer): Buffer {
  const start = first.byteOffset - recordHeaderBytes;
  const end = last.byteOffset + last.byteLength + recordExtraBytes - recordHeaderBytes;
  return Buffer.from(first.buffer, start, end - start);
}
