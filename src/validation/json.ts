/** Reads JSON without the latitude of JSON.parse, at little more than its cost: two readers of one message must never see two values. */

import { isUtf8 } from 'node:buffer';
import { Problem } from '../problems.ts';
import { readStrictJson } from './json-strict.ts';

export interface JsonLimits {
  /** Arrays and objects inside one another; 1 admits `{}` and `[]` but nothing nested. */
  readonly depthMax: number;
}

/**
 * Parses one JSON value (RFC 8259) in UTF-8 as I-JSON (RFC 7493 sections 2.1 and 2.3) wants it: valid UTF-8, no byte
 * order mark, no lone surrogates, no duplicate member names; also no U+0000, which databases cannot keep, no member
 * `__proto__` and no deeper nesting than the limit. Throws Problem `json-malformed`, whose detail tells the place and repeats nothing of the message.
 */
export function parseJson(bytes: Uint8Array, limits: JsonLimits): unknown {
  if (!isUtf8(bytes)) throw utf8Fault(bytes);
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // V8's own message quotes the text, so it is not passed on, not even as a cause
    return readStrictJson(text, limits.depthMax);
  }
  const shape = shapeOf(bytes);
  const unequivocal =
    !shape.escapedNames &&
    !shape.suspectEscapes &&
    shape.depth <= limits.depthMax &&
    // JSON.parse keeps one of several members of the same name, which leaves the tree short of members
    countMembers(value) === shape.members;
  return unequivocal ? value : readStrictJson(text, limits.depthMax);
}

interface Shape {
  /** Members of all objects, duplicates included. */
  readonly members: number;
  readonly depth: number;
  /**
   * Whether a member name holds an escape. V8 13.6 may take such a name for another one that an earlier text had
   * (nodejs/node issue 63785), so JSON.parse cannot be believed then.
   */
  readonly escapedNames: boolean;
  /** Whether a string holds an escape such as \ud83d, paired or not, or one such as \u0000. */
  readonly suspectEscapes: boolean;
}

/** Only for well-formed JSON: there, outside strings, each colon is a member and each bracket a level. */
function shapeOf(bytes: Uint8Array): Shape {
  let members = 0;
  let level = 0;
  let depth = 0;
  let escaped = false;
  let escapedNames = false;
  let suspectEscapes = false;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === quote) {
      escaped = false;
      for (at++; bytes[at] !== quote; at++) {
        if (bytes[at] !== backslash) continue;
        escaped = true;
        at++;
        if (bytes[at] === smallU && isSuspect(bytes, at + 1)) suspectEscapes = true;
      }
    } else if (byte === colon) {
      members++;
      // the last string before a colon is the member's name
      if (escaped) escapedNames = true;
    } else if (byte === openBrace || byte === openBracket) depth = Math.max(depth, ++level);
    else if (byte === closeBrace || byte === closeBracket) level--;
  }
  return { members, depth, escapedNames, suspectEscapes };
}

/** Of the four digits: those of a surrogate, or of the first 16 characters. */
function isSuspect(bytes: Uint8Array, at: number): boolean {
  const first = bytes[at];
  if (first === smallD || first === capitalD) return true;
  return first === zero && bytes[at + 1] === zero && bytes[at + 2] === zero;
}

const quote = 0x22;
const backslash = 0x5c;
const smallU = 0x75;
const zero = 0x30;
const smallD = 0x64;
const capitalD = 0x44;
const colon = 0x3a;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;

/** Members of all objects in a parsed value; NaN, which equals no count, if one is called `__proto__`. */
function countMembers(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let members = 0;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) members += countMembers(value[index]);
    return members;
  }
  for (const name in value) {
    if (name === '__proto__') return Number.NaN;
    members += 1 + countMembers((value as Record<string, unknown>)[name]);
  }
  return members;
}

function utf8Fault(bytes: Uint8Array): Problem {
  // in streaming mode a decoder forgives an unfinished end, so "the first n bytes are refused" is monotonic in n
  const refused = (count: number) => {
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, count), { stream: true });
      return false;
    } catch {
      return true;
    }
  };
  if (!refused(bytes.length)) return new Problem('json-malformed', 'The message ends within a UTF-8 character.');
  let good = 0;
  let bad = bytes.length;
  while (bad - good > 1) {
    const middle = (good + bad) >>> 1;
    if (refused(middle)) bad = middle;
    else good = middle;
  }
  return new Problem('json-malformed', `The message is not UTF-8: byte ${bad} fits no character.`);
}
