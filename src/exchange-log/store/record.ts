/** The form of one record in a segment: an entry behind a header that tells a write cut off by a crash from one that went bad later. */

import { crc32 } from 'node:zlib';

/** Where a commit goes. */
export interface CommitPlace {
  /** Index of the segment's first entry. */
  readonly firstIndex: number;
  /** Byte in the segment at which the commit starts. */
  readonly offset: number;
  /** Byte in the segment before which everything is durable already. */
  readonly durableOffset: number;
  /** Entries in the segment before it. */
  readonly ordinal: number;
}

export interface RecordHeader {
  /** A seal ends a segment and says that another one follows; it holds no entry. */
  readonly kind: 'entry' | 'seal';
  readonly entryBytes: number;
  readonly entryCrc: number;
  /** Whatever lies before this byte was durable when the record was written. */
  readonly durableOffset: number;
  readonly ordinal: number;
}

/** Six 32-bit little-endian words. */
const at = { mark: 0, entryBytes: 4, entryCrc: 8, durableOffset: 12, ordinal: 16, check: 20 } as const;
const marks = { entry: 0x5245_434c, seal: 0x4c41_4553 } as const;

export const recordHeaderBytes = 24;
/** Ends a record with something that no unwritten byte is: those are zero. */
export const endMark = 0x0a;
const endMarkBytes = 1;

/** What a disk writes as one; a sector that a crash kept from the disk still holds the zeros of the preparation. */
export const sectorBytes = 512;

/** What each entry costs beside itself. */
export const recordExtraBytes = recordHeaderBytes + endMarkBytes;

/** First bytes of a record, for finding one where nothing says where it starts. */
export const recordMarks: readonly Buffer[] = Object.values(marks).map((mark) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(mark);
  return bytes;
});

/**
 * Makes records of a commit's entries where they lie: behind one another, each with `recordHeaderBytes` before it and
 * the rest of `recordExtraBytes` behind it.
 * @param content all of it, views of the same memory.
 */
export function frameCommit(content: Buffer, entries: readonly Uint8Array[], place: CommitPlace): void {
  const { firstIndex, durableOffset } = place;
  let offset = 0;
  let { ordinal } = place;
  for (const entry of entries) {
    const entryBytes = entry.byteLength;
    writeHeader(content, offset, firstIndex, {
      kind: 'entry',
      entryBytes,
      entryCrc: crc32(entry),
      durableOffset,
      ordinal,
    });
    offset += recordExtraBytes + entryBytes;
    content[offset - endMarkBytes] = endMark;
    ordinal += 1;
  }
}

export function encodeSeal(place: CommitPlace): Buffer {
  const content = Buffer.alloc(recordHeaderBytes);
  const { firstIndex, durableOffset, ordinal } = place;
  writeHeader(content, 0, firstIndex, { kind: 'seal', entryBytes: 0, entryCrc: 0, durableOffset, ordinal });
  return content;
}

/**
 * Undefined where no whole header of a segment with that first index stands. A first byte that has its sector for itself
 * may be missing: all that it would say is checked by the others.
 */
export function readHeader(content: Buffer, offset: number, firstIndex: number): RecordHeader | undefined {
  if (offset + recordHeaderBytes > content.byteLength) return undefined;
  const kind = kindAt(content, offset);
  if (kind === undefined) return undefined;
  const header: RecordHeader = {
    kind,
    entryBytes: content.readUInt32LE(offset + at.entryBytes),
    entryCrc: content.readUInt32LE(offset + at.entryCrc),
    durableOffset: content.readUInt32LE(offset + at.durableOffset),
    ordinal: content.readUInt32LE(offset + at.ordinal),
  };
  return content.readUInt32LE(offset + at.check) === checkOf(header, firstIndex) ? header : undefined;
}

/**
 * The entry behind a header, a view; undefined where it is not whole. An end mark that has its sector for itself may be
 * missing, for whether that sector did not arrive or was damaged, the entry is there.
 */
export function readEntry(content: Buffer, offset: number, header: RecordHeader): Buffer | undefined {
  const end = endMarkOffset(offset, header);
  const isEnded = content[end] === endMark || (content[end] === 0 && end % sectorBytes === 0);
  return isEnded && isEntryWhole(content, offset, header)
    ? content.subarray(offset + recordHeaderBytes, end)
    : undefined;
}

/** Whatever stands in the place of its end mark. */
export function isEntryWhole(content: Buffer, offset: number, header: RecordHeader): boolean {
  return crc32(content.subarray(offset + recordHeaderBytes, endMarkOffset(offset, header))) === header.entryCrc;
}

/** Byte at which the end mark of the record belongs. */
export function endMarkOffset(offset: number, { entryBytes }: RecordHeader): number {
  return offset + recordHeaderBytes + entryBytes;
}

function kindAt(content: Buffer, offset: number): RecordHeader['kind'] | undefined {
  const found = content.readUInt32LE(offset + at.mark);
  const isFirstMissing = content[offset] === 0 && offset % sectorBytes === sectorBytes - 1;
  const isAt = (mark: number) => found === mark || (isFirstMissing && (found | (mark & 0xff)) >>> 0 === mark);
  if (isAt(marks.entry)) return 'entry';
  return isAt(marks.seal) ? 'seal' : undefined;
}

function writeHeader(content: Buffer, offset: number, firstIndex: number, header: RecordHeader): void {
  content.writeUInt32LE(marks[header.kind], offset + at.mark);
  content.writeUInt32LE(header.entryBytes, offset + at.entryBytes);
  content.writeUInt32LE(header.entryCrc, offset + at.entryCrc);
  content.writeUInt32LE(header.durableOffset, offset + at.durableOffset);
  content.writeUInt32LE(header.ordinal, offset + at.ordinal);
  content.writeUInt32LE(checkOf(header, firstIndex), offset + at.check);
}

/**
 * Of the header alone, so that a wrong length is never believed; the segment's first index goes in, so that a record of
 * another segment is none here. Each step can be undone, hence any change within one word changes the outcome.
 */
function checkOf({ kind, entryBytes, entryCrc, durableOffset, ordinal }: RecordHeader, firstIndex: number): number {
  let mixed = mix(marks[kind], firstIndex >>> 0);
  mixed = mix(mixed, Math.floor(firstIndex / 2 ** 32));
  mixed = mix(mixed, entryBytes);
  mixed = mix(mixed, entryCrc);
  mixed = mix(mixed, durableOffset);
  return mix(mixed, ordinal) >>> 0;
}

/** A round of MurmurHash3's finaliser. */
function mix(state: number, word: number): number {
  const product = Math.imul(state ^ word, 0x85eb_ca6b);
  return product ^ (product >>> 13);
}
