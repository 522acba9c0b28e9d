/** One segment of the write-ahead log: a header, records, then the zeros that it was filled with when it was made. */

import { crc32 } from 'node:zlib';
import { LogDamage } from './damage.ts';
import { readEntry, readHeader, recordExtraBytes, recordHeaderBytes } from './record.ts';
import { judgeBehindSeal, judgeEnd } from './torn-end.ts';

/** Whose segment it is: one of another log is never taken for a part of this one. */
export interface SegmentIdentity {
  /** Index of the first entry. */
  readonly firstIndex: number;
  /** 16 bytes, from the key of the log. */
  readonly logId: Buffer;
}

export interface SegmentHeader extends SegmentIdentity {
  /** Size of the file as it was made; 0 in segments from before it was written down. */
  readonly segmentBytes: number;
}

export interface ScannedSegment {
  readonly firstIndex: number;
  /** Views of the content. */
  readonly entries: readonly Buffer[];
  /** Byte behind the last whole record. */
  readonly endOffset: number;
  /** It was full, and another one follows. */
  readonly sealed: boolean;
  /** The file is that much shorter than it was made, bytes; a seal cuts the unused end off. */
  readonly missingBytes: number;
  /** Undefined where nothing but zeros follows the last record, and the seal. */
  readonly broken: BrokenEnd | undefined;
}

export interface BrokenEnd {
  /**
   * Torn: a write that a crash cut off, and that was never acknowledged. Stray: bytes that no crash leaves, in which
   * nothing acknowledged can have been either. Damaged: it was whole once.
   */
  readonly kind: 'torn' | 'stray' | 'damaged';
  readonly bytes: number;
  readonly message: string;
}

export const segmentHeaderBytes = 64;
export const logIdBytes = 16;

const form = Buffer.from('lienthong seg 1\n');
const at = { firstIndex: 16, logId: 24, segmentBytes: 40, crc: 60 } as const;

export function encodeSegmentHeader({ firstIndex, logId, segmentBytes }: SegmentHeader): Buffer {
  const header = Buffer.alloc(segmentHeaderBytes);
  form.copy(header);
  header.writeBigUInt64LE(BigInt(firstIndex), at.firstIndex);
  logId.copy(header, at.logId, 0, logIdBytes);
  header.writeUInt32LE(segmentBytes, at.segmentBytes);
  header.writeUInt32LE(crc32(header.subarray(0, at.crc)), at.crc);
  return header;
}

/** The mark of the log that a segment names as its own. */
export const logIdIn = (content: Buffer): Buffer => content.subarray(at.logId, at.logId + logIdBytes);

/** Reads all whole records from the start. Throws LogDamage for a header that is not this segment's. */
export function scanSegment(file: string, content: Buffer, identity: SegmentIdentity): ScannedSegment {
  const segmentBytes = content.byteLength < segmentHeaderBytes ? 0 : content.readUInt32LE(at.segmentBytes);
  if (!content.subarray(0, segmentHeaderBytes).equals(encodeSegmentHeader({ ...identity, segmentBytes }))) {
    throw new LogDamage(file, 0, 'the header of the segment is broken, or that of another log or place');
  }
  const { firstIndex } = identity;
  const missingBytes = Math.max(0, segmentBytes - content.byteLength);
  const entries: Buffer[] = [];
  let offset = segmentHeaderBytes;
  for (;;) {
    const header = readHeader(content, offset, firstIndex);
    if (header?.ordinal !== entries.length) break;
    if (header.kind === 'seal') {
      const endOffset = offset + recordHeaderBytes;
      const broken = judgeBehindSeal(content, { firstIndex, offset: endOffset, ordinal: entries.length }, segmentBytes);
      return { firstIndex, entries, endOffset, sealed: true, missingBytes, broken };
    }
    const entry = readEntry(content, offset, header);
    if (entry === undefined) break;
    entries.push(entry);
    offset += recordExtraBytes + entry.byteLength;
  }
  const broken =
    segmentBytes > 0 && content.byteLength > segmentBytes
      ? tooLong(content.byteLength - segmentBytes, segmentBytes)
      : judgeEnd(content, { firstIndex, offset, ordinal: entries.length });
  return { firstIndex, entries, endOffset: offset, sealed: false, missingBytes, broken };
}

/** A segment never grows. */
function tooLong(bytes: number, segmentBytes: number): BrokenEnd {
  const message = `the file is ${bytes} bytes longer than it was made: cut it to ${segmentBytes} bytes`;
  return { kind: 'stray', bytes, message };
}
