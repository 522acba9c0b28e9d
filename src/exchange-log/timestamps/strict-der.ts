/** Refuses what only a lenient parser takes for DER (X.690 section 10): each length is definite and fills exactly what it is in. */

/** Deeper than any token; a stack of its own would be spent on nothing but hostile input. */
const depthMax = 32;
const constructed = 0x20;
const manyOctets = 0x80;
const longTag = 0x1f;
const lengthOctetsMax = 4;

/** True where the bytes are whole values, one after the other, all the way down. */
export function isStrictDer(bytes: Buffer, depth = 0): boolean {
  if (depth > depthMax) return false;
  for (let at = 0; at < bytes.byteLength; ) {
    const tag = bytes[at] as number;
    const header = readLength(bytes, at + 1);
    if ((tag & longTag) === longTag || header === undefined) return false;
    const { start, length } = header;
    const end = start + length;
    if (end > bytes.byteLength) return false;
    if ((tag & constructed) !== 0 && !isStrictDer(bytes.subarray(start, end), depth + 1)) return false;
    at = end;
  }
  return true;
}

/** Undefined for an indefinite length and for one that is longer than it need be. */
function readLength(bytes: Buffer, at: number): { readonly start: number; readonly length: number } | undefined {
  const first = bytes[at];
  if (first === undefined || first === manyOctets) return undefined;
  if (first < manyOctets) return { start: at + 1, length: first };
  const octets = first - manyOctets;
  const start = at + 1 + octets;
  if (octets > lengthOctetsMax || start > bytes.byteLength) return undefined;
  const length = bytes.readUIntBE(at + 1, octets);
  return length < manyOctets || bytes[at + 1] === 0 ? undefined : { start, length };
}
