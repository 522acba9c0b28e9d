/** Reads JSON character by character: slow, but it alone decides what JSON.parse leaves in doubt, and can say where a fault is. */

import { Problem } from '../problems.ts';

interface Reader {
  readonly text: string;
  readonly depthMax: number;
  at: number;
}

/** Returns the value of a strict JSON text; throws Problem `json-malformed` with line and column of the first fault. */
export function readStrictJson(text: string, depthMax: number): unknown {
  const reader: Reader = { text, depthMax, at: 0 };
  if (text.charCodeAt(0) === 0xfeff) fail(reader, 'The message begins with a byte order mark');
  const value = readValue(reader, 0);
  if (reader.at < text.length) fail(reader, 'The message goes on behind its JSON value');
  return value;
}

/** Reads one value and the white space around it; recursion ends at the depth limit. */
function readValue(reader: Reader, depth: number): unknown {
  skipSpace(reader);
  const first = reader.text[reader.at];
  let value: unknown;
  if (first === '{') value = readObject(reader, depth + 1);
  else if (first === '[') value = readArray(reader, depth + 1);
  else if (first === '"') value = readString(reader);
  else value = readLiteral(reader);
  skipSpace(reader);
  return value;
}

function readObject(reader: Reader, depth: number): Record<string, unknown> {
  open(reader, depth);
  const object: Record<string, unknown> = {};
  if (take(reader, '}')) return object;
  do {
    skipSpace(reader);
    const start = reader.at;
    if (reader.text[start] !== '"') fail(reader, 'A member name in double quotes is missing');
    const name = readString(reader);
    if (Object.hasOwn(object, name)) fail(reader, 'A member name is repeated in one object', start);
    if (name === '__proto__') fail(reader, 'A member is named __proto__', start);
    skipSpace(reader);
    if (!take(reader, ':')) fail(reader, 'A colon is missing behind a member name');
    object[name] = readValue(reader, depth);
  } while (take(reader, ','));
  if (!take(reader, '}')) fail(reader, 'A comma or closing brace is missing in an object');
  return object;
}

function readArray(reader: Reader, depth: number): unknown[] {
  open(reader, depth);
  const array: unknown[] = [];
  if (take(reader, ']')) return array;
  do array.push(readValue(reader, depth));
  while (take(reader, ','));
  if (!take(reader, ']')) fail(reader, 'A comma or closing bracket is missing in an array');
  return array;
}

function open(reader: Reader, depth: number): void {
  if (depth > reader.depthMax) fail(reader, `The message is nested deeper than ${reader.depthMax} levels`);
  reader.at++;
  skipSpace(reader);
}

function readString(reader: Reader): string {
  const { text } = reader;
  const start = reader.at;
  for (reader.at++; text[reader.at] !== '"'; reader.at++) {
    if (reader.at >= text.length) fail(reader, 'A string is not closed', start);
    if (text.charCodeAt(reader.at) < 0x20) fail(reader, 'A control character stands unescaped in a string');
    if (text[reader.at] !== '\\') continue;
    escapeSequence.lastIndex = reader.at;
    if (!escapeSequence.test(text)) fail(reader, 'A string holds an escape that JSON does not have');
    reader.at = escapeSequence.lastIndex - 1;
  }
  reader.at++;
  const value: string = JSON.parse(text.slice(start, reader.at));
  if (!value.isWellFormed()) fail(reader, 'A string holds a lone surrogate', start);
  if (value.includes('\0')) fail(reader, 'A string holds the character U+0000', start);
  return value;
}

/** Sticky, so that a test begins at `lastIndex`, which is set before each. */
const escapeSequence = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const literal = /(?:true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)(?![0-9A-Za-z.+-])/y;

function readLiteral(reader: Reader): unknown {
  if (reader.at >= reader.text.length) fail(reader, 'The message ends where a value should stand');
  const start = reader.at;
  literal.lastIndex = start;
  if (!literal.test(reader.text)) fail(reader, 'There is no JSON value');
  reader.at = literal.lastIndex;
  return JSON.parse(reader.text.slice(start, reader.at));
}

/** RFC 8259 section 2: space, tab, line feed and carriage return, no other white space. */
function skipSpace(reader: Reader): void {
  while (' \t\n\r'.includes(reader.text[reader.at] ?? '.')) reader.at++;
}

function take(reader: Reader, mark: string): boolean {
  if (reader.text[reader.at] !== mark) return false;
  reader.at++;
  return true;
}

function fail(reader: Reader, what: string, at = reader.at): never {
  const before = reader.text.slice(0, at);
  const line = before.split('\n').length;
  const column = at - before.lastIndexOf('\n');
  throw new Problem('json-malformed', `${what}, at line ${line}, column ${column}.`);
}
