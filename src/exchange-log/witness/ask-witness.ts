/** Gets one witness's cosignature on one head: names the size that the witness knows, proves growth from it, checks what comes back. */

import type { SignedHead } from '../heads.ts';
import { cosignatureSeconds } from '../note/cosignature.ts';
import type { VerifierKey } from '../note/keys.ts';
import { type NoteSignature, parseNote, parseSignatures } from '../note/note.ts';
import type { Hash } from '../tree/hash.ts';
import { type SubmitLimits, submitCheckpoint } from './submit.ts';
import { WitnessFault } from './witness-fault.ts';

export interface WitnessPeer {
  /** Submission prefix, without `/add-checkpoint`. */
  readonly url: string;
  /** Of type cosignature. */
  readonly verifier: VerifierKey;
}

export interface Question {
  readonly head: SignedHead;
  readonly proveFrom: (oldSize: number) => Promise<Hash[]>;
  /** What the witness should know by now; a wrong guess costs a round trip. */
  readonly guessedSize: number;
  /** Told of the size that the witness itself names. */
  readonly learnt: (size: number) => void;
}

export interface AskLimits extends SubmitLimits {
  /** So far may the time of a cosignature be from that of this process, milliseconds. */
  readonly clockSkewMsMax: number;
  /** The time of day, Unix milliseconds. */
  readonly timeMs: () => number;
}

/** Throws WitnessFault, and what `proveFrom` throws. */
export async function askWitness(
  { url, verifier }: WitnessPeer,
  { head, proveFrom, guessedSize, learnt }: Question,
  limits: AskLimits,
): Promise<NoteSignature> {
  const submitFrom = async (oldSize: number) => {
    const request = { oldSize, consistency: await proveFrom(oldSize), checkpoint: head.note };
    const answer = await submitCheckpoint(url, request, limits);
    if (answer.kind === 'conflict' && answer.size === oldSize && oldSize > 0) throw otherRoot(oldSize);
    return answer;
  };
  const askedMs = limits.timeMs();
  let answer = await submitFrom(guessedSize);
  if (answer.kind === 'conflict') {
    const { size } = answer;
    learnt(size);
    if (size > head.size) {
      const lost = `it cosigned ${size} entries of this log, which now has ${head.size}: the log was rolled back`;
      throw new WitnessFault('log-rolled-back', lost);
    }
    answer = await submitFrom(size);
  }
  if (answer.kind === 'conflict') throw new WitnessFault('conflict', 'it names another size each time');
  const signature = readCosignature(answer.lines, parseNote(head.note).text, verifier);
  demandTime(signature, askedMs, limits);
  return signature;
}

/** It agrees on the size and refuses all the same: so C2SP tlog-witness v1.0 has it say that the root is another one. */
function otherRoot(size: number): WitnessFault {
  const said = `it answers 409 to the very size that it knows, ${size}: what it cosigned is not the beginning of this log`;
  return new WitnessFault('log-rewritten', said);
}

/** What readers are told of when the log was seen; one of the two clocks is wrong. */
function demandTime({ signature }: NoteSignature, askedMs: number, { clockSkewMsMax, timeMs }: AskLimits): void {
  const seconds = cosignatureSeconds(signature);
  const cosignedMs = seconds * 1000;
  if (askedMs - clockSkewMsMax <= cosignedMs && cosignedMs <= timeMs() + clockSkewMsMax) return;
  const away = Math.round(Math.abs(cosignedMs - askedMs) / 1000);
  const said = `the time of its cosignature, ${seconds}, is ${away} s from that of this gateway`;
  throw new WitnessFault(
    'cosignature-invalid',
    `${said}, and clockSkewMsMax is ${clockSkewMsMax} ms: a clock is wrong`,
  );
}

/** Lines of keys that nobody asked for are left out (C2SP tlog-witness). */
function readCosignature(lines: string, text: string, verifier: VerifierKey): NoteSignature {
  const invalid = (message: string) => new WitnessFault('cosignature-invalid', message);
  const own = signaturesIn(lines).filter(({ name, keyId }) => name === verifier.name && keyId === verifier.keyId);
  const [signature] = own;
  if (signature === undefined) throw invalid('it answers without a cosignature of the configured key');
  for (const one of own) {
    if (!verifier.verify(text, one.signature)) throw invalid('its cosignature does not fit the checkpoint');
  }
  if (cosignatureSeconds(signature.signature) === 0) throw invalid('its cosignature has no time');
  return signature;
}

function signaturesIn(lines: string): NoteSignature[] {
  try {
    return parseSignatures(lines);
  } catch (error) {
    throw new WitnessFault('answer-invalid', 'it answers with something else than signature lines', error);
  }
}
