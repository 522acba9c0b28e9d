/** Finds the members of a line's object as the bytes that were sent, so that a message stays byte for byte what its sender wrote. */

/** Bytes of the value, white space around it left out. */
export type LineMembers = ReadonlyMap<string, Uint8Array>;

interface Reader {
  readonly bytes: Uint8Array;
  at: number;
}

/**
 * The values are not checked, only told apart: whoever uses one parses it. Undefined where the line is no object, names
 * a member twice, or has a name that is not plain (escapes, anything but ASCII letters).
 */
export function lineMembers(line: Uint8Array): LineMembers | undefined {
  const reader: Reader = { bytes: line, at: 0 };
  const members = new Map<string, Uint8Array>();
  if (!take(reader, openBrace)) return undefined;
  if (!take(reader, closeBrace)) {
    do {
      const name = readName(reader);
      if (name === undefined || members.has(name) || !take(reader, colon)) return undefined;
      const value = readValue(reader);
      if (value === undefined) return undefined;
      members.set(name, value);
    } while (take(reader, comma));
    if (!take(reader, closeBrace)) return undefined;
  }
  skipSpace(reader);
  return reader.at === line.byteLength ? members : undefined;
}

function readName(reader: Reader): string | undefined {
  if (!take(reader, quote)) return undefined;
  const { bytes } = reader;
  const start = reader.at;
  while (isLetter(bytes[reader.at])) reader.at += 1;
  if (bytes[reader.at] !== quote) return undefined;
  reader.at += 1;
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, reader.at - 1 - start).toString('latin1');
}

/** Up to the comma or brace that ends it: brackets are counted, strings skipped. */
function readValue(reader: Reader): Uint8Array | undefined {
  skipSpace(reader);
  const { bytes } = reader;
  const start = reader.at;
  let depth = 0;
  for (; reader.at < bytes.byteLength; reader.at += 1) {
    const byte = bytes[reader.at];
    if (byte === quote) {
      if (!skipString(reader)) return undefined;
    } else if (byte === openBrace || byte === openBracket) depth += 1;
    else if (byte === closeBrace || byte === closeBracket) {
      if (depth === 0) break;
      depth -= 1;
    } else if (byte === comma && depth === 0) break;
  }
  let end = reader.at;
  while (end > start && isSpace(bytes[end - 1])) end -= 1;
  return end === start ? undefined : bytes.subarray(start, end);
}

/** Leaves the reader on the closing quote. */
function skipString(reader: Reader): boolean {
  const { bytes } = reader;
  for (reader.at += 1; reader.at < bytes.byteLength; reader.at += 1) {
    if (bytes[reader.at] === quote) return true;
    if (bytes[reader.at] === backslash) reader.at += 1;
  }
  return false;
}

function take(reader: Reader, byte: number): boolean {
  skipSpace(reader);
  if (reader.bytes[reader.at] !== byte) return false;
  reader.at += 1;
  return true;
}

function skipSpace(reader: Reader): void {
  while (isSpace(reader.bytes[reader.at])) reader.at += 1;
}

const isSpace = (byte: number | undefined) => byte === 0x20 || byte === 0x09 || byte === 0x0d || byte === 0x0a;
const isLetter = (byte = 0) => (byte >= 0x61 && byte <= 0x7a) || (byte >= 0x41 && byte <= 0x5a);

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const colon = 0x3a;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;
