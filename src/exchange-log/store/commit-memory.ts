/** Memory that entries are printed into and written from: one copy of each, and memory that is used again, for new one costs page faults and garbage collections. */

import { recordExtraBytes, recordHeaderBytes } from './record.ts';

/** Where an entry is printed. */
export interface Paper {
  /** Text whose every character is one byte, as it is to be kept. */
  bytes(text: string): Buffer;
  /** Any other text, in UTF-8. */
  text(text: string): Buffer;
}

/** Throws for an entry that is too large, and takes no room for it. */
export interface CommitMemory extends Paper {
  /** Nobody needs those entries any more, which lie in one commit. */
  release(entries: readonly Buffer[]): void;
}

interface Page {
  readonly memory: Buffer;
  /** Bytes that are taken. */
  end: number;
  /** Entries that somebody needs. */
  inUse: number;
}

const pageBytes = 1 << 20;
/** What waits to be used again; more is left to the garbage collector. */
const sparePagesMax = 4;

export function createCommitMemory(entryBytesMax: number): CommitMemory {
  let page: Page = { memory: Buffer.alloc(0), end: 0, inUse: 0 };
  /** With entries that are needed, without the one that is printed on. */
  const full = new Map<ArrayBufferLike, Page>();
  const spare: Page[] = [];

  /** Byte of the page at which the entry goes. */
  function reserve(bytes: number): number {
    if (bytes > entryBytesMax) throw new Error(`an entry of ${bytes} bytes exceeds ${entryBytesMax}`);
    if (page.end + recordExtraBytes + bytes > page.memory.byteLength) turn(recordExtraBytes + bytes);
    const start = page.end + recordHeaderBytes;
    page.end += recordExtraBytes + bytes;
    page.inUse += 1;
    return start;
  }

  function turn(bytes: number): void {
    if (page.inUse > 0) full.set(page.memory.buffer, page);
    else keep(page);
    page = spare.pop() ?? { memory: Buffer.allocUnsafeSlow(Math.max(pageBytes, bytes)), end: 0, inUse: 0 };
  }

  function keep(unused: Page): void {
    unused.end = 0;
    if (unused.memory.byteLength > 0 && spare.length < sparePagesMax) spare.push(unused);
  }

  return {
    bytes(text) {
      const start = reserve(text.length);
      page.memory.write(text, start, text.length, 'latin1');
      return page.memory.subarray(start, start + text.length);
    },
    text(text) {
      const bytes = Buffer.byteLength(text);
      const start = reserve(bytes);
      page.memory.write(text, start, bytes);
      return page.memory.subarray(start, start + bytes);
    },
    release(entries) {
      const memory = entries[0]?.buffer;
      const unused = memory === undefined ? undefined : (full.get(memory) ?? page);
      if (memory === undefined || unused === undefined) return;
      unused.inUse -= entries.length;
      if (unused === page || unused.inUse > 0) return;
      full.delete(memory);
      keep(unused);
    },
  };
}

export interface CommitRoom {
  /** Bytes that the segment still takes. */
  readonly roomBytes: number;
  /** Bytes of a commit; an entry larger than that is one of its own. */
  readonly batchBytesMax: number;
}

/** How many of the first entries, `countMax` at most, can be one commit: they fit, and lie behind one another. */
export function fittingEntries(
  printed: readonly { readonly bytes: Buffer }[],
  countMax: number,
  { roomBytes, batchBytesMax }: CommitRoom,
): number {
  let bytes = 0;
  let before: Buffer | undefined;
  for (let count = 0; count < countMax; count += 1) {
    const entry = printed[count]?.bytes;
    if (entry === undefined) return count;
    bytes += recordExtraBytes + entry.byteLength;
    if (bytes > roomBytes || (count > 0 && bytes > batchBytesMax)) return count;
    if (before !== undefined && !isBehind(before, entry)) return count;
    before = entry;
  }
  return countMax;
}

/** Whether an entry that was printed next lies next to it, too: not on another page. */
function isBehind(one: Buffer, next: Buffer): boolean {
  return next.buffer === one.buffer && next.byteOffset === one.byteOffset + one.byteLength + recordExtraBytes;
}

/** The records of such entries, from the first's header to the last's end. */
export function commitOf(first: Buffer, last: Buffer): Buffer {
  const start = first.byteOffset - recordHeaderBytes;
  const end = last.byteOffset + last.byteLength + recordExtraBytes - recordHeaderBytes;
  return Buffer.from(first.buffer, start, end - start);
}
