/** Judges what stands behind the last whole record of a segment: nothing, a write that a crash cut off, or damage to what was durable. */

import {
  endMarkOffset,
  isEntryWhole,
  type RecordHeader,
  readEntry,
  readHeader,
  recordExtraBytes,
  recordHeaderBytes,
  recordMarks,
  sectorBytes,
} from './record.ts';
import type { BrokenEnd } from './segment.ts';
import { type RecordsEnd, strayBetweenRecords, strayInHeader } from './stray-bytes.ts';

/** No entry is shorter: `{}`. */
const entryBytesMin = 2;
const zeros = Buffer.alloc(1 << 16);

/**
 * Each record says up to where all was durable when it was written: several commits may be on their way to the disk at
 * once, and a later one may arrive without one before it. A broken record that some later one calls durable was whole
 * once, and so was one of which every sector arrived. Only where all that lies of it in a sector is still zero was the
 * write cut off, for a crash leaves no part of a sector; nothing behind it was acknowledged. Undefined where all is zero.
 */
export function judgeEnd(content: Buffer, place: RecordsEnd): BrokenEnd | undefined {
  const { offset: endOffset, firstIndex } = place;
  const writtenEnd = endOfWritten(content, endOffset);
  if (writtenEnd === endOffset) return undefined;
  const bytes = writtenEnd - endOffset;
  const later = laterWitness(content, endOffset, writtenEnd, firstIndex);
  if (later !== undefined) {
    return {
      kind: 'damaged',
      bytes,
      message: `the record is broken, and it was durable when byte ${later} was written`,
    };
  }
  const header = readHeader(content, endOffset, firstIndex);
  if (header !== undefined && isUnended(content, endOffset, header)) {
    const mark = endMarkOffset(endOffset, header);
    const message = `the end mark of a whole record is broken: byte ${mark} of the file must be 0x0a (set it so, and the entry is kept)`;
    return { kind: 'damaged', bytes, message };
  }
  if (!isCutOff(content, endOffset, writtenEnd, header)) {
    return { kind: 'damaged', bytes, message: 'the record is broken, and was not cut off: each part of it arrived' };
  }
  const inHeader = header === undefined ? strayInHeader(content, endOffset) : undefined;
  const stray = inHeader ?? strayBetweenRecords(content, place, writtenEnd);
  if (stray !== undefined) return { kind: 'stray', bytes, message: strayMessage(stray) };
  return { kind: 'torn', bytes, message: 'the record was cut off while it was written' };
}

/** Behind the seal. A crash may come before the unused end is cut off, and what was torn before may still lie there. */
export function judgeBehindSeal(content: Buffer, place: RecordsEnd, segmentBytes: number): BrokenEnd | undefined {
  const { offset } = place;
  const surplus = content.byteLength - offset;
  if (surplus > 0 && segmentBytes > 0 && content.byteLength !== segmentBytes) {
    const message = `${surplus} bytes lie behind the seal, which ends the file: cut it to ${offset} bytes`;
    return { kind: 'stray', bytes: surplus, message };
  }
  const writtenEnd = endOfWritten(content, offset);
  if (writtenEnd === offset) return undefined;
  const stray = strayBetweenRecords(content, place, writtenEnd);
  if (stray !== undefined) return { kind: 'stray', bytes: writtenEnd - offset, message: strayMessage(stray) };
  return { kind: 'torn', bytes: writtenEnd - offset, message: 'what was cut off while it was written lies there' };
}

const strayMessage = (byte: number) =>
  `byte ${byte} of the file is not zero, though nothing was written there: a crash leaves no part of a sector`;

/** All of the record is there but its last byte. */
function isUnended(content: Buffer, offset: number, header: RecordHeader): boolean {
  if (header.kind !== 'entry' || endMarkOffset(offset, header) >= content.byteLength) return false;
  return readEntry(content, offset, header) === undefined && isEntryWhole(content, offset, header);
}

/** Where the header does not say how long the record is, as much of it is looked at as every record has. Of less than a header nothing was acknowledged. */
function isCutOff(content: Buffer, offset: number, writtenEnd: number, header: RecordHeader | undefined): boolean {
  if (header === undefined && writtenEnd <= offset + recordHeaderBytes) return true;
  const end = offset + recordExtraBytes + (header?.entryBytes ?? entryBytesMin);
  return end > content.byteLength || hasMissingSector(content, offset, end);
}

/** Of a record without zeros of its own over such a length. */
function hasMissingSector(content: Buffer, start: number, end: number): boolean {
  for (let from = start; from < end; ) {
    const to = Math.min(end, from - (from % sectorBytes) + sectorBytes);
    if (isZero(content.subarray(from, to))) return true;
    from = to;
  }
  return false;
}

/** Byte at which a record stands that was written when all up to behind `offset` was durable. */
function laterWitness(content: Buffer, offset: number, writtenEnd: number, firstIndex: number): number | undefined {
  const written = content.subarray(0, writtenEnd);
  for (const mark of recordMarks) {
    for (let at = written.indexOf(mark, offset + 1); at !== -1; at = written.indexOf(mark, at + 1)) {
      const header = readHeader(content, at, firstIndex);
      if (header !== undefined && header.durableOffset > offset) return at;
    }
  }
  return undefined;
}

/** Byte behind the last that is not zero, or `start`. */
function endOfWritten(content: Buffer, start: number): number {
  let end = content.byteLength;
  while (end > start && isZero(content.subarray(Math.max(start, end - zeros.byteLength), end))) {
    end = Math.max(start, end - zeros.byteLength);
  }
  while (end > start && content[end - 1] === 0) end -= 1;
  return end;
}

function isZero(content: Buffer): boolean {
  return zeros.subarray(0, content.byteLength).equals(content);
}
