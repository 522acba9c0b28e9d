/** Reads one sealed record where an entry says that it lies. */

import { type FileHandle, open } from 'node:fs/promises';
import path from 'node:path';
import type { ExchangeEntry, SealedPlace } from '../../exchange/entries.ts';
import { isMissing } from '../store/disk.ts';
import { isEvidenceFile, onDisk } from './file-name.ts';
import { digestOf, preludeBytes, readPrelude, type SealedRecord } from './record.ts';

/** The record is not what the entry says; the message names the place. */
export class EvidenceDamage extends Error {
  override readonly name = 'EvidenceDamage';
  /** As named in the folder of the log. */
  readonly file: string;

  constructor({ file, offset }: SealedPlace, message: string) {
    super(`the record at byte ${offset} ${message}`);
    this.file = `evidence/${onDisk(file)}`;
  }
}

/** Evidence of an entry whose bodies are sealed. */
export interface SealedParts {
  readonly place: SealedPlace;
  readonly request: string;
  readonly answer: string | undefined;
}

/** Undefined where the bodies of the exchange are not sealed. */
export function sealedPartsOf({ request, answer }: Pick<ExchangeEntry, 'request' | 'answer'>): SealedParts | undefined {
  if (request?.sealed === undefined) return undefined;
  return { place: request.sealed, request: request.digest, answer: answer?.digest };
}

/** An entry as it was recorded whose bodies are sealed. */
export interface SealedEntry {
  /** Of the exchange. */
  readonly id: string;
  readonly parts: SealedParts;
}

const sealedMark = Buffer.from('"sealed":');

/** Undefined for every other entry. */
export function sealedEntryOf(entry: Buffer): SealedEntry | undefined {
  // Looking for the bytes costs a hundredth of what parsing every entry does.
  if (!entry.includes(sealedMark)) return undefined;
  const parsed = JSON.parse(entry.toString()) as ExchangeEntry;
  const parts = sealedPartsOf(parsed);
  return parts && { id: parsed.id, parts };
}

/** Undefined where the file is gone. Throws EvidenceDamage where the record is not what was recorded. */
export async function readSealedRecord(folder: string, parts: SealedParts): Promise<SealedRecord | undefined> {
  const { place } = parts;
  if (!isEvidenceFile(place.file)) throw new EvidenceDamage(place, 'lies in no evidence file: the name is none');
  let file: FileHandle;
  try {
    file = await open(path.join(folder, onDisk(place.file)));
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  try {
    const record = await readParts(file, place);
    if (digestOf(record.header, record.request) !== parts.request) {
      throw new EvidenceDamage(place, 'does not hold the request that was recorded');
    }
    if ((record.answer.byteLength === 0 ? undefined : digestOf(record.header, record.answer)) !== parts.answer) {
      throw new EvidenceDamage(place, 'does not hold the answer that was recorded');
    }
    return record;
  } finally {
    await file.close();
  }
}

async function readParts(file: FileHandle, place: SealedPlace): Promise<SealedRecord> {
  const { size } = await file.stat();
  const lengths = readPrelude(await readBytes(file, place.offset, Math.min(preludeBytes, size - place.offset)));
  if (lengths === undefined) throw new EvidenceDamage(place, 'is cut off, or its beginning is broken');
  const [header, request, answer] = lengths;
  const bytes = header + request + answer;
  const start = place.offset + preludeBytes;
  // Before memory is taken for a length that may be broken.
  if (start + bytes > size) throw new EvidenceDamage(place, 'is cut off, or its lengths are broken');
  const content = await readBytes(file, start, bytes);
  return {
    header: content.subarray(0, header),
    request: content.subarray(header, header + request),
    answer: content.subarray(header + request),
  };
}

async function readBytes(file: FileHandle, position: number, bytes: number): Promise<Buffer> {
  if (bytes <= 0) return Buffer.alloc(0);
  const content = Buffer.alloc(bytes);
  let done = 0;
  while (done < bytes) {
    const { bytesRead } = await file.read(content, done, bytes - done, position + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return content.subarray(0, done);
}
