/** Who the log is: its name, the keys that sign for it, and the mark that its segments carry. */

import { createPrivateKey, hash } from 'node:crypto';
import { formatCheckpoint, openCheckpoint } from './note/checkpoint.ts';
import { createSigner, formatVerifierKey, type VerifierKey } from './note/keys.ts';
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

export interface OpenedHead extends TreeHead {
  /** False where one of the log's keys did not sign, as when it was made since. */
  readonly signedByAll: boolean;
}

export interface LogIdentity {
  /** `origin+key id+base64`, as verifiers take it; of the newest key. */
  readonly vkey: string;
  /** Of every key, the newest first. */
  readonly vkeys: readonly string[];
  /** Of every key, the newest first. */
  readonly verifiers: readonly [VerifierKey, ...VerifierKey[]];
  /** The signed note, with a signature of every key. */
  sign(head: TreeHead): string;
  /** Any of the keys will do. Throws LogDamage for a note that is no checkpoint, or another log's. */
  open(note: Uint8Array): OpenedHead;
}

/** Throws NoteError for an origin that cannot be the name of a key. */
export function createIdentity(origin: string, key: PrivateJwk, olderKeys: readonly PrivateJwk[] = []): LogIdentity {
  const signers = [key, ...olderKeys].map(({ kty, crv, x, d }) =>
    createSigner(origin, createPrivateKey({ key: { kty, crv, x, d }, format: 'jwk' })),
  );
  const [verifier, ...otherVerifiers] = signers.map((signer) => signer.verifier) as [VerifierKey, ...VerifierKey[]];
  const vkeys = [verifier, ...otherVerifiers].map(formatVerifierKey);
  return {
    vkey: vkeys[0] as string,
    vkeys,
    verifiers: [verifier, ...otherVerifiers],
    sign: ({ size, root }) => signNote(formatCheckpoint({ origin, size, root }), ...signers),
    open(note) {
      try {
        const { checkpoint, signatures } = openCheckpoint(note, { origin, verifier, otherVerifiers });
        return { ...checkpoint, signedByAll: signatures.length === signers.length };
      } catch (error) {
        if (error instanceof NoteError)
          throw new LogDamage('checkpoint', undefined, explain(error, note, vkeys), error);
        throw error;
      }
    },
  };
}

/** The mark of a log that was begun with that key, 16 bytes; later keys do not change it. */
export function logIdOf(firstVkey: string): Buffer {
  return hash('sha256', firstVkey, 'buffer').subarray(0, logIdBytes);
}

function explain(error: NoteError, note: Uint8Array, vkeys: readonly string[]): string {
  if (error.fault !== 'unsigned') return error.message;
  const [origin] = parseNote(note).text.split('\n', 1);
  const keys = vkeys.join(' or ');
  return `it is of "${origin}" and not signed by ${keys}: origin or key are not those that the log was begun with`;
}
