/** Reads a checkpoint out of a log that is being checked: whatever is wrong with it is a fault of its file. */

import { type OpenedCheckpoint, openCheckpoint, type ParsedCheckpoint, parseCheckpoint } from '../note/checkpoint.ts';
import type { VerifierKey } from '../note/keys.ts';
import { parseNote } from '../note/note.ts';
import { NoteError } from '../note/note-error.ts';
import { LogFault } from './log-fault.ts';

/** Throws LogFault with that path for what is no checkpoint of the log. */
export type ReadCheckpoint = (path: string, note: Uint8Array) => ParsedCheckpoint;

/** Throws LogFault for what is no checkpoint, or not one that any of the keys signed. */
export function readCheckpoint(
  path: string,
  note: Uint8Array,
  verifier: VerifierKey | undefined,
  otherVerifiers: readonly VerifierKey[] = [],
): ParsedCheckpoint {
  return inFile(path, () => {
    if (verifier === undefined) return parseCheckpoint(parseNote(note).text);
    const opened: OpenedCheckpoint = openCheckpoint(note, { origin: verifier.name, verifier, otherVerifiers });
    return opened.checkpoint;
  });
}

/** Throws what is wrong with a note as a fault of that file. */
export function inFile<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof NoteError) throw new LogFault(path, error.message, error);
    throw error;
  }
}
