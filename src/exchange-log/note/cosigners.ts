/** Says which of the witnesses that a reader trusts vouch for a checkpoint, and whether they are enough. */

import { cosignatureSeconds } from './cosignature.ts';
import { signatureTypes, type VerifierKey } from './keys.ts';
import { describeSigner, openNote, parseNote } from './note.ts';
import { NoteError } from './note-error.ts';

export interface TrustedWitnesses {
  readonly keys: readonly VerifierKey[];
  /** So many of them must have cosigned. */
  readonly wanted: number;
}

export interface Vouching {
  readonly cosigners: readonly {
    readonly name: string;
    /** When it saw the checkpoint by its own clock, Unix seconds. */
    readonly seconds: number;
  }[];
  /** Signatures of keys that nobody named. */
  readonly unchecked: number;
}

export const noWitnesses: TrustedWitnesses = { keys: [], wanted: 0 };

/**
 * @param logName of the log's own signature, which is no cosignature.
 * @throws NoteError `forged` where one of them signed something else, `unsigned` where too few did.
 */
export function demandCosigners(note: string | Uint8Array, logName: string, witnesses: TrustedWitnesses): Vouching {
  const { keys, wanted } = witnesses;
  demandDistinct(witnesses);
  const others = parseNote(note).signatures.filter(({ name }) => name !== logName);
  const named = others.filter((one) => keys.some(({ name, keyId }) => name === one.name && keyId === one.keyId));
  const signatures = named.length === 0 ? [] : openNote(note, keys).signatures;
  if (signatures.length < wanted) {
    const missing = keys.filter(
      (key) => !signatures.some(({ name, keyId }) => name === key.name && keyId === key.keyId),
    );
    const said = `${signatures.length} of the witnesses named cosigned the checkpoint, not ${wanted}`;
    throw new NoteError('unsigned', `${said}: missing is ${missing.map(describeSigner).join(', ')}`);
  }
  const cosigners = signatures.map(({ name, signature }) => ({ name, seconds: cosignatureSeconds(signature) }));
  return { cosigners, unchecked: others.length - named.length };
}

/** A cosignature does not name its signer: one key under two names would count twice (C2SP tlog-cosignature). */
function demandDistinct({ keys, wanted }: TrustedWitnesses): void {
  for (const { name, type } of keys) {
    if (type !== signatureTypes.cosignature) throw new TypeError(`the key ${name} is no witness's`);
  }
  const distinct = new Set(keys.map(({ publicKey }) => publicKey.toString('hex')));
  if (distinct.size < keys.length) throw new TypeError('two of the witnesses have the same key');
  if (wanted > keys.length) throw new RangeError(`${wanted} witnesses are wanted and ${keys.length} named`);
}
