/** Checkpoints: the text by which a log commits to its size and root (C2SP tlog-checkpoint). */

import type { Hash } from '../tree/hash.ts';
import { hashBytes } from '../tree/hash.ts';
import { isKeyName, isNoteText, parseCount, parseHash } from './fields.ts';
import { type Note, type NoteSignature, openNote, type Verifier } from './note.ts';
import { demandForm, NoteError } from './note-error.ts';

export interface Checkpoint {
  /** The log's identity; a name such as `lienthong.example/gateway-1`. */
  readonly origin: string;
  /** Entries. */
  readonly size: number;
  readonly root: Hash;
}

export interface ParsedCheckpoint extends Checkpoint {
  /** Further lines, without meaning here; logs of this project write none. */
  readonly extensions: readonly string[];
}

export interface LogIdentity {
  readonly origin: string;
  /** The log's own key. */
  readonly verifier: Verifier;
  /** Further keys of the log, from before it was given another one or after; one of all must have signed. */
  readonly otherVerifiers?: readonly Verifier[];
}

export interface OpenedCheckpoint extends Note {
  readonly checkpoint: ParsedCheckpoint;
  /** Checked: the log's own, and those of the cosigners that were asked for and signed. */
  readonly signatures: readonly NoteSignature[];
}

/**
 * The text to sign. The origin has the form of a key name, because it is the name of the log's key too (a
 * recommendation of the format that binds only who writes). RangeError for a size or root that no tree has.
 */
export function formatCheckpoint({ origin, size, root }: Checkpoint): string {
  demandForm(isKeyName(origin), `the origin "${origin}" is empty or holds a space, a plus or a control character`);
  if (!Number.isSafeInteger(size) || size < 0) throw new RangeError(`${size} is not the size of a tree`);
  if (root.byteLength !== hashBytes) throw new RangeError(`a root of ${root.byteLength} bytes`);
  return `${origin}\n${size}\n${root.toString('base64')}\n`;
}

/** Parses the text of a note, its final newline included. NoteError `malformed`. */
export function parseCheckpoint(text: string): ParsedCheckpoint {
  demandForm(text.endsWith('\n'), 'the checkpoint has no final newline');
  demandForm(isNoteText(text), 'the checkpoint holds a control character or a lone surrogate');
  const [origin, size, root, ...extensions] = text.slice(0, -1).split('\n');
  demandForm(origin !== undefined && origin !== '', 'the checkpoint has no origin');
  demandForm(size !== undefined && root !== undefined, 'the checkpoint has fewer than three lines');
  demandForm(!extensions.includes(''), 'the checkpoint has an empty line');
  return {
    origin,
    size: parseCount(size, 'the size of the checkpoint'),
    root: parseHash(root, 'the root of the checkpoint'),
    extensions,
  };
}

/**
 * Opens a signed checkpoint of that log. The log's own signature must be there, however many cosigned. NoteError:
 * `malformed` also for another origin, `unsigned`, `forged` (of the cosigners' signatures too).
 */
export function openCheckpoint(
  note: string | Uint8Array,
  log: LogIdentity,
  cosigners: readonly Verifier[] = [],
): OpenedCheckpoint {
  const own = [log.verifier, ...(log.otherVerifiers ?? [])];
  const { text, signatures } = openNote(note, [...own, ...cosigners]);
  const byLog = own.some((key) => signatures.some(({ name, keyId }) => name === key.name && keyId === key.keyId));
  if (!byLog) throw new NoteError('unsigned', `${log.verifier.name} did not sign the checkpoint`);
  const checkpoint = parseCheckpoint(text);
  demandForm(checkpoint.origin === log.origin, `the checkpoint is of "${checkpoint.origin}", not of "${log.origin}"`);
  return { text, signatures, checkpoint };
}
