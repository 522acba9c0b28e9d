/** Finds what no write can have left behind the last whole record of a segment: a crash leaves out whole sectors of a commit, and nothing else. */

import { type CommitPlace, encodeSeal, endMark, recordHeaderBytes, recordMarks, sectorBytes } from './record.ts';

/** Where the records end, and the seal would begin. */
export type RecordsEnd = Pick<CommitPlace, 'firstIndex' | 'offset' | 'ordinal'>;

/** No record has so many zeros in a row: the words of its header are the only ones in it. */
const zerosInRecordMax = recordHeaderBytes - 1;

/**
 * A byte that is not zero and of no write, where no whole header stands at `offset`: of the sector in which a record
 * begins, all arrived or nothing.
 */
export function strayInHeader(content: Buffer, offset: number): number | undefined {
  const part = content.subarray(offset, Math.min(offset + recordHeaderBytes, sectorEnd(offset)));
  const first = part.findIndex((byte) => byte !== 0);
  if (first === -1) return undefined;
  return part.byteLength < recordHeaderBytes && isMarkAt(part, 0) ? undefined : offset + first;
}

/**
 * A byte that is not zero and of no write, from `place.offset` on: in a sector that arrived, zeros stand behind the end
 * of a commit alone, and before the begin of one.
 */
export function strayBetweenRecords(content: Buffer, place: RecordsEnd, writtenEnd: number): number | undefined {
  for (let from = place.offset; from < writtenEnd; from = sectorEnd(from)) {
    const sector = content.subarray(from, sectorEnd(from));
    for (const [start, end] of longZeros(sector)) {
      if (start === 0 && end === sector.byteLength) continue;
      const isBehindEnd = start === 0 || sector[start - 1] === endMark || isBehindSeal(sector, from, start, place);
      if (!isBehindEnd) return from + start - 1;
      if (end < sector.byteLength && !isMarkAt(sector, end)) return from + end;
    }
  }
  return undefined;
}

/** Of a seal that lies across two sectors the second one may have come without the first. */
function isBehindSeal(sector: Buffer, from: number, start: number, place: RecordsEnd): boolean {
  const sealEnd = place.offset + recordHeaderBytes;
  if (from + start > sealEnd) return false;
  const seal = encodeSeal({ ...place, durableOffset: place.offset }).subarray(Math.max(0, from - place.offset));
  return sector.subarray(0, seal.byteLength).equals(seal);
}

/** First bytes, and bytes behind the last, of runs that are longer than any in a record. */
function* longZeros(content: Buffer): Iterable<[number, number]> {
  let start = 0;
  for (let at = 0; at <= content.byteLength; at += 1) {
    if (at < content.byteLength && content[at] === 0) continue;
    if (at - start > zerosInRecordMax) yield [start, at];
    start = at + 1;
  }
}

/** Of a mark that goes on in the next sector, as much as stands in this one. */
function isMarkAt(content: Buffer, at: number): boolean {
  return recordMarks.some((mark) => {
    const found = content.subarray(at, at + mark.byteLength);
    return found.equals(mark.subarray(0, found.byteLength));
  });
}

const sectorEnd = (offset: number) => offset - (offset % sectorBytes) + sectorBytes;
