/** Where a page of the index ended, as an opaque text that cannot be mistaken for anything else. */

import { createHash } from 'node:crypto';
import { Problem } from '../problems.ts';
import { timeMsMax, timeMsMin } from './entry-row.ts';

/** The last row that was shown. */
export interface Place {
  /** Unix milliseconds. */
  readonly timeMs: number;
  /** Number of the log in the index. */
  readonly log: number;
  readonly index: number;
}

const placeBytes = 20;
const checkBytes = 6;

export function printCursor({ timeMs, log, index }: Place): string {
  const place = Buffer.alloc(placeBytes);
  place.writeBigInt64BE(BigInt(timeMs), 0);
  place.writeInt32BE(log, 8);
  place.writeBigInt64BE(BigInt(index), 12);
  return Buffer.concat([place, checkOf(place)]).toString('base64url');
}

export const isCursor = (text: string): boolean => readPlace(text) !== undefined;

/** Throws Problem('request-malformed') for a text that `printCursor` did not print. */
export function parseCursor(cursor: string): Place {
  const place = readPlace(cursor);
  if (place !== undefined) return place;
  throw new Problem('request-malformed', 'The cursor is none that this gateway gave: begin with the first page.');
}

function readPlace(cursor: string): Place | undefined {
  const bytes = Buffer.from(cursor, 'base64url');
  const place = bytes.subarray(0, placeBytes);
  const isWhole = bytes.length === placeBytes + checkBytes && bytes.subarray(placeBytes).equals(checkOf(place));
  const timeMs = isWhole ? Number(place.readBigInt64BE(0)) : Number.NaN;
  if (bytes.toString('base64url') !== cursor || !(timeMs >= timeMsMin && timeMs <= timeMsMax)) return undefined;
  return { timeMs, log: place.readInt32BE(8), index: Number(place.readBigInt64BE(12)) };
}

/** Against mistakes, not against forgers: whoever makes a cursor up sees what the filter would have shown anyway. */
function checkOf(place: Buffer): Buffer {
  return createHash('sha256').update('lienthong audit cursor').update(place).digest().subarray(0, checkBytes);
}
