/** Who the log is: its name, the key that signs for it, and the mark that its segments carry. */

import { createPrivateKey, hash } from 'node:crypto';
import { formatCheckpoint, openCheckpoint } from './note/checkpoint.ts';
import { createSigner, formatVerifierKey } from './note/keys.ts';
import { parseNote, signNote } from './note/note.ts';
import { NoteError } from './note/note-error.ts';
import { LogDamage } from './store/damage.ts';
import type { TreeHead } from './store/restore-edge.ts';
import { logIdBytes } from './store/segment.ts';

/** Private Ed25519 key (RFC 8037 section 2). */
export interface PrivateJwk {
  readonly kty: 'OKP';
  readonly crv: 'Ed25519';
  readonly x: string;
  readonly d: string;
}

export interface LogIdentity {
  /** `origin+key id+base64`, as verifiers take it. */
  readonly vkey: string;
  /** 16 bytes. */
  readonly logId: Buffer;
  /** The signed note. */
  sign(head: TreeHead): string;
  /** Throws LogDamage, which names the file, for a note that is no checkpoint, or another log's. */
  open(note: Uint8Array, file: string): TreeHead;
}

/** Throws NoteError for an origin that cannot be the name of a key. */
export function createIdentity(origin: string, { kty, crv, x, d }: PrivateJwk): LogIdentity {
  const signer = createSigner(origin, createPrivateKey({ key: { kty, crv, x, d }, format: 'jwk' }));
  const { verifier } = signer;
  const vkey = formatVerifierKey(verifier);
  return {
    vkey,
    logId: hash('sha256', vkey, 'buffer').subarray(0, logIdBytes),
    sign: ({ size, root }) => signNote(formatCheckpoint({ origin, size, root }), signer),
    open(note, file) {
      try {
        return openCheckpoint(note, { origin, verifier }).checkpoint;
      } catch (error) {
        if (error instanceof NoteError) throw new LogDamage(file, undefined, explain(error, note, vkey), error);
        throw error;
      }
    },
  };
}

function explain(error: NoteError, note: Uint8Array, vkey: string): string {
  if (error.fault !== 'unsigned') return error.message;
  const [origin] = parseNote(note).text.split('\n', 1);
  return `it is of "${origin}" and not signed by ${vkey}: origin or key are not those that the log was begun with`;
}
