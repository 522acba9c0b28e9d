/** Reads a Range header (RFC 9110 section 14): one range of bytes, for readers that want part of an entry bundle. */

export interface ByteRange {
  /** First byte, from 0. */
  readonly start: number;
  /** Last byte. */
  readonly end: number;
}

const form = /^bytes=(\d{0,15})-(\d{0,15})$/i;

/**
 * Undefined where the whole is to be sent: without the header, and for what RFC 9110 section 14.2 lets a server ignore,
 * such as several ranges, or none of which there is a byte.
 */
export function readByteRange(header: string | undefined, bytes: number): ByteRange | undefined {
  const [, first = '', last = ''] = form.exec(header ?? '') ?? [];
  if (first === '' && last === '') return undefined;
  const start = first === '' ? Math.max(0, bytes - Number(last)) : Number(first);
  const end = first === '' || last === '' ? bytes - 1 : Math.min(Number(last), bytes - 1);
  return start <= end ? { start, end } : undefined;
}
