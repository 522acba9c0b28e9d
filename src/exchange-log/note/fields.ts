/** Reads the fields of the C2SP text formats, each in its one canonical form, so that no second text means the same. */

import { type Hash, hashBytes } from '../tree/hash.ts';
import { demandForm } from './note-error.ts';

const decimal = /^(0|[1-9]\d{0,15})$/;
const notInKeyNames = /[\p{White_Space}+]/u;
const newline = 0x0a;
const firstPrintable = 0x20;

/** Standard base64 with padding (RFC 4648 section 4); unused bits must be zero. */
export function parseBase64(text: string, what: string): Buffer {
  const bytes = Buffer.from(text, 'base64');
  demandForm(text !== '' && bytes.toString('base64') === text, `${what} is not base64`);
  return bytes;
}

export function parseHash(text: string, what: string): Hash {
  const hash = parseBase64(text, what);
  demandForm(hash.byteLength === hashBytes, `${what} has ${hash.byteLength} bytes instead of ${hashBytes}`);
  return hash;
}

/** 0 to 2^53 − 1, ASCII digits without a leading zero. */
export function parseCount(text: string, what: string): number {
  const count = decimal.test(text) ? Number(text) : Number.NaN;
  demandForm(Number.isSafeInteger(count), `${what} is not a decimal number without leading zeros below 2^53`);
  return count;
}

/** C2SP signed-note: not empty, no Unicode spaces, no plus. */
export function isKeyName(name: string): boolean {
  return name !== '' && isNoteText(name) && !notInKeyNames.test(name);
}

/** What a note may hold: valid Unicode without ASCII control characters other than the newline. */
export function isNoteText(text: string): boolean {
  return text.isWellFormed() && !Buffer.from(text).some((byte) => byte < firstPrintable && byte !== newline);
}
