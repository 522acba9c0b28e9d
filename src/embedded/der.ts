/** The few ASN.1 types that a certificate needs, in DER (X.690): writing them takes less than a library's dependencies. */

export type Der = Buffer;

export const sequence = (...members: Der[]): Der => tagged(0x30, ...members);
export const setOf = (member: Der): Der => tagged(0x31, member);
export const octetString = (content: Uint8Array): Der => tagged(0x04, content);
export const utf8String = (text: string): Der => tagged(0x0c, Buffer.from(text, 'utf8'));
export const boolean = (value: boolean): Der => tagged(0x01, Buffer.of(value ? 0xff : 0x00));
/** `[number]` around whole values (explicit), or around content whose own tag it replaces (implicit). */
export const explicit = (number: number, content: Uint8Array): Der => tagged(0xa0 | number, content);
export const implicit = (number: number, content: Uint8Array): Der => tagged(0x80 | number, content);

/** Of whole bytes, less `unusedBits` at the end. */
export const bitString = (content: Uint8Array, unusedBits = 0): Der => tagged(0x03, Buffer.of(unusedBits), content);

/** A positive number, big-endian; leading zeros are not kept, as DER demands the shortest form. */
export function integer(bytes: Uint8Array): Der {
  const first = bytes.findIndex((byte) => byte !== 0);
  const shortest = first === -1 ? Buffer.of(0) : Buffer.from(bytes.subarray(first));
  const signed = (shortest[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), shortest]) : shortest;
  return tagged(0x02, signed);
}

/** `1.2.840.10045.4.3.2` */
export function objectIdentifier(dotted: string): Der {
  const [first = 0, second = 0, ...others] = dotted.split('.').map(Number);
  return tagged(0x06, Buffer.from([first * 40 + second, ...others].flatMap(base128)));
}

/** UTCTime before 2050, GeneralizedTime from then on (RFC 5280 section 4.1.2.5). */
export function time(atMs: number): Der {
  const digits = `${new Date(atMs).toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`;
  return digits < '2050' ? tagged(0x17, Buffer.from(digits.slice(2))) : tagged(0x18, Buffer.from(digits));
}

function base128(value: number): number[] {
  const septets = [value & 0x7f];
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) septets.unshift((rest & 0x7f) | 0x80);
  return septets;
}

function tagged(tag: number, ...parts: Uint8Array[]): Der {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.of(tag), lengthOf(content), content]);
}

function lengthOf(content: Buffer): Buffer {
  if (content.length < 0x80) return Buffer.of(content.length);
  const bytes: number[] = [];
  for (let rest = content.length; rest > 0; rest >>>= 8) bytes.unshift(rest & 0xff);
  return Buffer.of(0x80 | bytes.length, ...bytes);
}
