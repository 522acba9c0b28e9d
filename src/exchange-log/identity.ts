/** Who the log is: its name, the keys that sign for it, and the mark that its segments carry. */

import { createPrivateKey, hash } from 'node:crypto';
import { formatCheckpoint, openCheckpoint } from './note/checkpoint.ts';
import { createSigner, formatVerifierKey, type VerifierKey } from './note/keys.ts';
import { formatNote, parseNote, signatureOf, signNote } from './note/note.ts';
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
  /** With the signature of every key of the log. */
  readonly note: string;
  /** False where one of them is new, as of a key that was made since. */
  readonly isUnchanged: boolean;
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
  /** Adds the signatures of those keys that did not sign the note; who calls this has it from a key that it trusts. */
  complete(note: string): string;
  /** Any of the keys will do. Throws LogDamage, which names the file, for a note that is no checkpoint, or another log's. */
  open(note: Uint8Array, file: string): OpenedHead;
}

/** Throws NoteError for an origin that cannot be the name of a key. */
export function createIdentity(origin: string, key: PrivateJwk, olderKeys: readonly PrivateJwk[] = []): LogIdentity {
  const signers = [key, ...olderKeys].map(({ kty, crv, x, d }) =>
    createSigner(origin, createPrivateKey({ key: { kty, crv, x, d }, format: 'jwk' })),
  );
  const [verifier, ...otherVerifiers] = signers.map((signer) => signer.verifier) as [VerifierKey, ...VerifierKey[]];
  const vkeys = [verifier, ...otherVerifiers].map(formatVerifierKey);
  const complete = (note: string) => {
    const { text, signatures } = parseNote(note);
    const missing = signers.filter(
      ({ keyId }) => !signatures.some((one) => one.name === origin && one.keyId === keyId),
    );
    return formatNote({ text, signatures: [...missing.map((signer) => signatureOf(text, signer)), ...signatures] });
  };
  return {
    vkey: vkeys[0] as string,
    vkeys,
    verifiers: [verifier, ...otherVerifiers],
    sign: ({ size, root }) => signNote(formatCheckpoint({ origin, size, root }), ...signers),
    complete,
    open(note, file) {
      try {
        const { checkpoint, signatures } = openCheckpoint(note, { origin, verifier, otherVerifiers });
        const isUnchanged = signatures.length === signers.length;
        const text = Buffer.from(note).toString();
        return { ...checkpoint, note: isUnchanged ? text : complete(text), isUnchanged };
      } catch (error) {
        if (error instanceof NoteError) throw new LogDamage(file, undefined, explain(error, note, vkeys), error);
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
