/** Reads JSON without the latitude of JSON.parse, at little more than its cost: two readers of one message must never see two values. */

import { isUtf8 } from 'node:buffer';
import { Problem } from '../problems.ts';
import { explainJsonFault, explainUtf8Fault } from './json-fault.ts';

export interface JsonLimits {
  /** Arrays and objects inside one another; 1 admits `{}` and `[]` but nothing nested. */
  readonly depthMax: number;
}

/**
 * Parses one JSON value (RFC 8259) in UTF-8 as I-JSON (RFC 7493 sections 2.1 and 2.3) wants it: valid UTF-8, no byte
 * order mark, no lone surrogates, no duplicate member names; also no member `__proto__` and no deeper nesting than
 * the limit. Throws Problem `json-malformed`, whose detail tells line and column and repeats nothing of the message.
 */
export function parseJson(bytes: Uint8Array, limits: JsonLimits): unknown {
  if (!isUtf8(bytes)) throw explainUtf8Fault(bytes);
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // V8's message quotes the text, so it is not passed on, not even as a cause
    throw explainJsonFault(text, limits.depthMax) ?? unexplained();
  }
  const shape = shapeOf(bytes);
  if (shape.depth > limits.depthMax) throw explainJsonFault(text, limits.depthMax) ?? unexplained();
  // JSON.parse keeps one of several members of the same name, which leaves the tree short of members
  const complete = countMembers(value) === shape.members;
  if (!complete || shape.surrogateEscapes) {
    const problem = explainJsonFault(text, limits.depthMax);
    if (problem !== undefined) throw problem;
    if (!complete) throw unexplained();
  }
  return value;
}

interface Shape {
  /** Members of all objects, duplicates included. */
  readonly members: number;
  readonly depth: number;
  /** Whether a string holds an escape such as \ud83d, paired or not. */
  readonly surrogateEscapes: boolean;
}

/** Only for well-formed JSON: there, outside strings, each colon is a member and each bracket a level. */
function shapeOf(bytes: Uint8Array): Shape {
  let members = 0;
  let level = 0;
  let depth = 0;
  let surrogateEscapes = false;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === quote) {
      for (at++; bytes[at] !== quote; at++) {
        if (bytes[at] !== backslash) continue;
        at++;
        // biome-ignore lint/style/noNonNullAssertion: a well-formed string has four digits behind \u
        if (bytes[at] === smallU && (bytes[at + 1]! | 0x20) === smallD) surrogateEscapes = true;
      }
    } else if (byte === colon) members++;
    else if (byte === openBrace || byte === openBracket) depth = Math.max(depth, ++level);
    else if (byte === closeBrace || byte === closeBracket) level--;
  }
  return { members, depth, surrogateEscapes };
}

const quote = 0x22;
const backslash = 0x5c;
const smallU = 0x75;
const smallD = 0x64;
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

function unexplained(): Problem {
  return new Problem('json-malformed', 'The message is not one JSON value.');
}
