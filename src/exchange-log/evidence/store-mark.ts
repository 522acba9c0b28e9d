/** Keeps beside the evidence which store of subjects' keys it was sealed with, so that a lost store is not taken for erased people. */

import { hash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { isMissing } from '../store/disk.ts';
import { openSubjectKeyStore, type SubjectKeyStore } from './subject-key-store.ts';

export interface StorePlaces {
  /** The subjects' keys. */
  readonly file: string;
  /** Holds the id of that store; belongs to the evidence files. */
  readonly mark: string;
}

/** Path of the mark, by the folder of the evidence files, with which it belongs. */
export const markBeside = (folder: string): string => path.join(folder, 'subject-keys');

/** Ends the start of the gateway; the message says what to restore. */
class StoreMissing extends Error {
  override readonly name = 'StoreMissing';
}

/**
 * Opens the store that is marked; where none is, marks the one that is there, or a new one. Throws StoreMissing where
 * the marked one is gone or another is in its place: then nothing is made. Synchronous, for the thread that keeps the keys.
 */
export function openMarkedStore({ file, mark }: StorePlaces): SubjectKeyStore {
  const marked = readMark(mark);
  if (marked !== undefined && !existsSync(file)) throw missing(file, mark, 'is not there');
  if (marked === 'damaged') throw damaged(file, mark);
  const store = openSubjectKeyStore(file);
  // One from before there were check values gets one.
  if (marked === undefined || marked === store.id) writeMark(mark, store.id);
  else if (marked !== printMark(store.id)) {
    store.close();
    throw missing(file, mark, 'is another one');
  }
  return store;
}

const checkCharacters = 8;
/** The id, and by what a changed byte of it is told. */
const printMark = (id: string) => `${id} ${hash('sha256', id).slice(0, checkCharacters)}`;
/** As it was written before there were check values. */
const unchecked = /^[\dA-F]{32}$/;

/** Ends the start of the gateway, too: nobody knows then which keys belong to the evidence. */
function damaged(file: string, mark: string): StoreMissing {
  return new StoreMissing(
    `${mark}, which says with which subjects' keys the evidence was sealed, is damaged: restore it from a copy of the ` +
      `log's folder; where ${file} was not replaced meanwhile, remove ${mark}, and the next start writes it anew`,
  );
}

function missing(file: string, mark: string, what: string): StoreMissing {
  return new StoreMissing(
    `the sealed evidence needs the subjects' keys that it was sealed with, and ${file} ${what}: restore it from its ` +
      'backup and run "lienthong evidence reapply-erasures"; if it is lost for good, remove ' +
      `${mark}: then what was sealed before can never be read again (docs/evidence.md)`,
  );
}

function readMark(mark: string): string | undefined {
  try {
    const text = readFileSync(mark, 'utf8').trim();
    return unchecked.test(text) || text === printMark(text.split(' ', 1)[0] as string) ? text : 'damaged';
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Whole or not at all, and durable when this returns. */
function writeMark(mark: string, id: string): void {
  const folder = path.dirname(mark);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const written = `${mark}.new`;
  writeFileSync(written, `${printMark(id)}\n`, { mode: 0o600, flush: true });
  renameSync(written, mark);
  for (const named of [folder, path.dirname(folder)]) {
    const descriptor = openSync(named, 'r');
    fsyncSync(descriptor);
    closeSync(descriptor);
  }
}
