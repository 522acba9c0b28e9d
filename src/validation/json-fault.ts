/** Finds where a message stops being strict JSON, since the fast reader only knows that it does. */

import { Problem } from '../problems.ts';

/** Problem `json-malformed` for bytes that are not UTF-8. */
export function explainUtf8Fault(bytes: Uint8Array): Problem {
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

/** Problem `json-malformed` for the first fault of a text, or undefined if it is strict JSON. */
export function explainJsonFault(text: string, depthMax: number): Problem | undefined {
  const reader: Reader = { text, at: 0, depthMax };
  try {
    if (text.charCodeAt(0) === 0xfeff) fail(reader, 'The message begins with a byte order mark');
    readValue(reader, 0);
    if (reader.at < text.length) fail(reader, 'The message goes on behind its JSON value');
    return undefined;
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
}

interface Reader {
  readonly text: string;
  at: number;
  readonly depthMax: number;
}

/** Reads one value and the white space around it; recursion ends at the depth limit. */
function readValue(reader: Reader, depth: number): void {
  skipSpace(reader);
  const first = reader.text[reader.at];
  if (first === '{') readObject(reader, depth + 1);
  else if (first === '[') readArray(reader, depth + 1);
  else if (first === '"') readString(reader);
  else readLiteral(reader);
  skipSpace(reader);
}

function readObject(reader: Reader, depth: number): void {
  open(reader, depth);
  const names = new Set<string>();
  if (take(reader, '}')) return;
  do {
    skipSpace(reader);
    const start = reader.at;
    if (reader.text[start] !== '"') fail(reader, 'A member name in double quotes is missing');
    const name = readString(reader);
    if (names.has(name)) fail(reader, 'A member name is repeated in one object', start);
    if (name === '__proto__') fail(reader, 'A member is named __proto__', start);
    names.add(name);
    skipSpace(reader);
    if (!take(reader, ':')) fail(reader, 'A colon is missing behind a member name');
    readValue(reader, depth);
  } while (take(reader, ','));
  if (!take(reader, '}')) fail(reader, 'A comma or closing brace is missing in an object');
}

function readArray(reader: Reader, depth: number): void {
  open(reader, depth);
  if (take(reader, ']')) return;
  do readValue(reader, depth);
  while (take(reader, ','));
  if (!take(reader, ']')) fail(reader, 'A comma or closing bracket is missing in an array');
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
  return value;
}

const escapeSequence = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const literal = /(?:true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)(?![0-9A-Za-z.+-])/y;

function readLiteral(reader: Reader): void {
  if (reader.at >= reader.text.length) fail(reader, 'The message ends where a value should stand');
  literal.lastIndex = reader.at;
  if (!literal.test(reader.text)) fail(reader, 'There is no JSON value');
  reader.at = literal.lastIndex;
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
