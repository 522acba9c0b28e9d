/** Reads the lines of a file, or of standard input, as requests for a gateway: each with an id that stays the same when it is sent again. */

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lineMembers } from '../../exchange/bulk/line-members.ts';
import { createLineSplitter, type SplitLine } from '../../exchange/bulk/split-lines.ts';

export interface SourceLine {
  /** In the file, from 1. */
  readonly number: number;
  /** Undefined where the line is no JSON object: the gateway refuses it under an id of its own. */
  readonly id: string | undefined;
  /** As it is sent, with its line feed. */
  readonly bytes: Buffer;
  /** About where it ends in the file, bytes. */
  readonly offset: number;
}

export interface SourceSettings {
  /** `-` is standard input. */
  readonly file: string;
  /** Part of every id that is made: what stands for the file when it is sent again. */
  readonly batch: string;
  readonly service: string;
  readonly client: string;
}

/** More than any gateway takes; a line beyond it is no line. */
const lineBytesMax = 16 * 1024 * 1024;
const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);

/** Throws Error where the file cannot be read, or a line is longer than 16 MiB. */
export async function* sourceLines(settings: SourceSettings): AsyncGenerator<SourceLine> {
  const { file } = settings;
  const splitter = createLineSplitter(lineBytesMax);
  let offset = 0;
  const toSend = ({ number, content }: SplitLine): SourceLine => {
    if (content === undefined) throw new Error(`line ${number} of ${file} is longer than ${lineBytesMax} bytes`);
    offset += content.byteLength + 1;
    return { number, offset, ...requestOf(settings, number, number === 1 ? withoutMark(content) : content) };
  };
  const input: AsyncIterable<Uint8Array> = file === '-' ? process.stdin : createReadStream(file);
  for await (const chunk of input) for (const line of splitter.split(chunk)) yield toSend(line);
  for (const line of splitter.end()) yield toSend(line);
}

const besides = ['issue', 'official', 'corrects'];
/** What an error file adds is not sent again. */
const envelopeNames: ReadonlySet<string> = new Set([...besides, 'id', 'message', 'line', 'problem']);

/**
 * An envelope has a message and nothing that is no envelope's; every other object is a message itself. What is no JSON is
 * put into no envelope: what follows its message there would be taken for the envelope's own members.
 */
function requestOf(settings: SourceSettings, number: number, content: Uint8Array): Pick<SourceLine, 'id' | 'bytes'> {
  const value = jsonOf(content);
  if (value === undefined) {
    // A text is no line, whatever it holds.
    const text = JSON.stringify(Buffer.from(content).toString());
    return { id: undefined, bytes: Buffer.from(`${text}\n`) };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { id: undefined, bytes: Buffer.concat([content, Buffer.from('\n')]) };
  }
  const members = lineMembers(content);
  const message = members?.get('message');
  const isEnvelope = message !== undefined && [...(members?.keys() ?? [])].every((name) => envelopeNames.has(name));
  const named = isEnvelope ? textOf(members?.get('id')) : undefined;
  const id = named ?? idOf(settings, number, isEnvelope ? message : content);
  const parts: Uint8Array[] = [Buffer.from(`{"id":${JSON.stringify(id)},`)];
  for (const name of besides) {
    const value = isEnvelope ? members?.get(name) : undefined;
    if (value !== undefined) parts.push(Buffer.from(`"${name}":`), value, Buffer.from(','));
  }
  parts.push(Buffer.from('"message":'), isEnvelope ? message : content, Buffer.from('}\n'));
  return { id, bytes: Buffer.concat(parts) };
}

/** Bound to what is sent where, so that the same line is the same push however often it is sent. */
function idOf({ batch, service, client }: SourceSettings, number: number, message: Uint8Array): string {
  const place = JSON.stringify([client, service, batch, number]);
  return `lt-${createHash('sha256').update(place).update(message).digest('base64url')}`;
}

function textOf(value: Uint8Array | undefined): string | undefined {
  const text = value === undefined ? undefined : jsonOf(value);
  return typeof text === 'string' && text !== '' ? text : undefined;
}

/** Undefined for what is no JSON. */
function jsonOf(content: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(content).toString());
  } catch {
    return undefined;
  }
}

function withoutMark(content: Uint8Array): Uint8Array {
  return byteOrderMark.equals(content.subarray(0, 3)) ? content.subarray(3) : content;
}
