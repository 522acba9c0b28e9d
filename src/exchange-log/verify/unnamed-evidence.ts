/** Tells of evidence files that no entry names: a crash leaves some behind, and what cannot be one of those was added. */

import { type FileHandle, open } from 'node:fs/promises';
import path from 'node:path';
import { onDisk, parseOnDisk } from '../evidence/file-name.ts';
import { type SealedEntry, sealedEntryOf } from '../evidence/read-record.ts';
import { parseHeader, preludeBytes, readPrelude, recordMagic } from '../evidence/record.ts';
import { isMissing, realDisk } from '../store/disk.ts';
import { LogFault } from './log-fault.ts';

export interface UnnamedEvidence {
  /** Every entry of the log, those that no checkpoint covers yet, too; one may come twice. */
  add(entry: Buffer): void;
  /** Names in `evidence/` of the files that none of them named, in order. Throws LogFault for one that no crash leaves. */
  end(): readonly string[];
}

interface FileHead {
  readonly file: string;
  readonly number: number;
  /** Id of the exchange whose bodies begin the file; undefined where a crash cut them off. */
  readonly exchange: string | undefined;
  /** False for what no gateway begins an evidence file with. */
  readonly isSealed: boolean;
}

/** For the header of the first record, which grows with the auditors' keys. */
const headBytesMax = 1 << 16;

/**
 * Looks at the files that are there now: what is begun later has entries later. Bodies are durable before their entry,
 * so that a crash, or a log that takes no more, leaves a file behind that is whole and nobody's.
 */
export async function listEvidence(folder: string): Promise<UnnamedEvidence> {
  const heads = new Map<string, FileHead>();
  for (const name of await realDisk.list(folder)) {
    const head = await readHead(folder, name);
    if (head !== undefined) heads.set(head.file, head);
  }
  const begunWith = Map.groupBy(heads.values(), ({ exchange }) => exchange);
  const unnamed = new Set(heads.keys());

  return {
    add(entry) {
      if (heads.size === 0) return;
      const sealed = sealedEntryOf(entry);
      if (sealed === undefined) return;
      unnamed.delete(sealed.parts.place.file);
      for (const { file } of begunWith.get(sealed.id) ?? []) demandPlace(file, sealed);
    },
    end() {
      const numbers = Map.groupBy(heads.values(), ({ number }) => number);
      const left = [...unnamed].sort();
      for (const file of left) {
        const { number, isSealed } = heads.get(file) as FileHead;
        if (!isSealed) throw fault(file, 'no entry names it, and it does not begin as evidence does');
        if (numbers.get(number)?.length !== 1) throw fault(file, 'no entry names it, and another file has its number');
      }
      return left.map(onDisk);
    },
  };
}

/** Bodies are sealed once, and lie in one place. */
function demandPlace(file: string, { parts: { place } }: SealedEntry): void {
  if (place.file === file && place.offset === 0) return;
  const where = `evidence/${onDisk(place.file)}, byte ${place.offset}`;
  throw fault(file, `it begins with sealed bodies that were recorded elsewhere (${where}): it is a copy`);
}

/** Undefined for what is no evidence file, and for one that is given up meanwhile. */
async function readHead(folder: string, name: string): Promise<FileHead | undefined> {
  const parsed = parseOnDisk(name);
  if (parsed === undefined) return undefined;
  let file: FileHandle;
  try {
    file = await open(path.join(folder, name));
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  try {
    if (!(await file.stat()).isFile()) throw fault(parsed.file, 'it is no file');
    const content = Buffer.alloc(headBytesMax);
    const { bytesRead } = await file.read(content, 0, headBytesMax, 0);
    const head = content.subarray(0, bytesRead);
    return { ...parsed, exchange: exchangeIn(head), isSealed: isBegun(head) };
  } finally {
    await file.close();
  }
}

/** Of a power cut whole sectors may be missing, and read as zeros. */
function isBegun(head: Buffer): boolean {
  const begun = head.subarray(0, recordMagic.byteLength);
  return begun.equals(recordMagic.subarray(0, begun.byteLength)) || begun.every((byte) => byte === 0);
}

function exchangeIn(head: Buffer): string | undefined {
  const [headerBytes] = readPrelude(head) ?? [];
  if (headerBytes === undefined) return undefined;
  try {
    return parseHeader(head.subarray(preludeBytes, preludeBytes + headerBytes)).exchange;
  } catch {
    // Cut off, or damaged: with --evidence the entry that names it says so.
    return undefined;
  }
}

const fault = (file: string, message: string) => new LogFault(`evidence/${onDisk(file)}`, message);
