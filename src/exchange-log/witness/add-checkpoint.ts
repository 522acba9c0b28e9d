/** The body of an `add-checkpoint` request, as a log writes it and a witness reads it (C2SP tlog-witness). */

import { parseCount, parseHash } from '../note/fields.ts';
import { demandForm } from '../note/note-error.ts';
import type { Hash } from '../tree/hash.ts';

export interface AddCheckpoint {
  /** Of the checkpoint that the witness cosigned last; 0 where there is none. */
  readonly oldSize: number;
  /** From the old size to the checkpoint's; empty from size 0 and for equal sizes. */
  readonly consistency: readonly Hash[];
  /** The checkpoint, a signed note. */
  readonly checkpoint: string;
}

const oldStart = 'old ';
/** The height of the highest tree that RFC 6962 counts. */
const hashesMax = 63;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function formatAddCheckpoint({ oldSize, consistency, checkpoint }: AddCheckpoint): string {
  const hashes = consistency.map((hash) => hash.toString('base64'));
  return [`${oldStart}${oldSize}`, ...hashes, '', checkpoint].join('\n');
}

/** Checks the form alone: nothing in it may be believed yet. NoteError `malformed`. */
export function parseAddCheckpoint(body: Uint8Array): AddCheckpoint {
  const text = decode(body);
  const end = text.indexOf('\n\n');
  demandForm(end !== -1, 'the request has no empty line before its checkpoint');
  const [old, ...hashes] = text.slice(0, end).split('\n');
  demandForm(old?.startsWith(oldStart) === true, 'the request does not start with the old size');
  demandForm(hashes.length <= hashesMax, `the request has more than ${hashesMax} hashes`);
  return {
    oldSize: parseCount(old.slice(oldStart.length), 'the old size'),
    consistency: hashes.map((hash) => parseHash(hash, 'a hash of the request')),
    checkpoint: text.slice(end + 2),
  };
}

function decode(body: Uint8Array): string {
  try {
    return utf8.decode(body);
  } catch {
    demandForm(false, 'the request is not UTF-8');
  }
}
