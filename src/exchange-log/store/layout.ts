/** Names what lies where in the folder of the log. */

import path from 'node:path';

export interface Layout {
  readonly folder: string;
  /** The newest signed checkpoint. */
  readonly checkpoint: string;
  readonly segments: string;
  /** What recognises the keys of the log. */
  readonly keyRecord: string;
  /** The newest head that the log itself has signed, where checkpoints wait for witnesses; never served. */
  readonly head: string;
  /** Files on their way: written here, then renamed to where they belong. Nothing in it outlives a start. */
  readonly unfinished: string;
  /** The last number of each subject: derived, see `numbers/`. */
  readonly subjects: string;
  /** Of the segment whose first record is that entry. */
  segment(firstIndex: number): string;
  /** Tokens of a timestamp authority, and the checkpoints that they are for. */
  readonly timestamps: string;
  /** Of a path as C2SP tlog-tiles has it, such as `tile/0/x001/067`. */
  file(relative: string): string;
}

export const keyRecordName = 'keys.json';
const segmentForm = /^(\d{16})\.seg$/;
const timestampForm = /^timestamps\/(\d{16})\.(tsr|checkpoint)$/;
const indexDigits = 16;

export function layoutOf(folder: string): Layout {
  const segments = path.join(folder, 'segments');
  return {
    folder,
    checkpoint: path.join(folder, 'checkpoint'),
    segments,
    keyRecord: path.join(folder, keyRecordName),
    timestamps: path.join(folder, 'timestamps'),
    head: path.join(segments, 'head'),
    unfinished: path.join(folder, 'unfinished'),
    subjects: path.join(folder, 'subjects.db'),
    segment: (firstIndex) => path.join(segments, `${String(firstIndex).padStart(indexDigits, '0')}.seg`),
    file: (relative) => path.join(folder, relative),
  };
}

export interface TimestampName {
  /** Entries of the checkpoint. */
  readonly size: number;
  readonly kind: 'tsr' | 'checkpoint';
}

/** `timestamps/0000000000000300.tsr`: a TimeStampResp (RFC 3161); the note that it is for ends in `.checkpoint`. */
export function timestampName({ size, kind }: TimestampName): string {
  return `timestamps/${String(size).padStart(indexDigits, '0')}.${kind}`;
}

/** Undefined for every other name. */
export function parseTimestampName(name: string): TimestampName | undefined {
  const [, digits, kind] = timestampForm.exec(name) ?? [];
  const size = Number(digits);
  return Number.isSafeInteger(size) ? { size, kind: kind as TimestampName['kind'] } : undefined;
}

/** Index of a segment's first entry; undefined for a file that is no segment. */
export function parseSegmentName(name: string): number | undefined {
  const digits = segmentForm.exec(name)?.[1];
  const index = digits === undefined ? Number.NaN : Number(digits);
  return Number.isSafeInteger(index) ? index : undefined;
}
