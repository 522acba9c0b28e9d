/** What is known of one witness: how far it has followed the log, whether it can be relied on, and when to ask it again. */

import type { SignedHead } from '../heads.ts';
import { type Note, type NoteSignature, parseNote } from '../note/note.ts';
import { askWitness, type Question, type WitnessPeer } from './ask-witness.ts';
import { WitnessFault, type WitnessOutcome } from './witness-fault.ts';

export interface AskingLimits {
  /** For one witness and one checkpoint, milliseconds: so long may asking hold a checkpoint up. */
  readonly timeoutMs: number;
  /** After the first failure of a witness, then doubled with each further one, milliseconds. */
  readonly backoffMs: number;
  readonly backoffMsMax: number;
  readonly answerBytesMax: number;
  /** So far may the time of a cosignature be from that of this process, milliseconds. */
  readonly clockSkewMsMax: number;
}

export interface StandingObserver {
  /** Each answer, or why there was none. */
  answered(witness: string, outcome: WitnessOutcome | 'cosigned'): void;
  /** It failed where it had not before, or contradicts the log. */
  failed(witness: string, fault: WitnessFault): void;
  /** It cosigns again. */
  recovered(witness: string): void;
  /** It names a smaller tree than it has cosigned: it lost its own memory, and could cosign another history. */
  forgot(witness: string, cosignedSize: number, namedSize: number): void;
}

export interface Standing {
  /** False from a failure until it cosigns again. */
  readonly isSound: boolean;
  readonly isAsked: boolean;
  /** From when it contradicts the log until it cosigns again. */
  readonly isDisputing: boolean;
  /** Not to be asked before. */
  readonly dueMs: number;
  /** Its cosignature, checked; undefined where it gave none. Never rejects. One at a time. */
  ask(question: Pick<Question, 'head' | 'proveFrom'>): Promise<NoteSignature | undefined>;
  /** Takes over its cosignature, if the note holds one, of a checkpoint from before a restart. */
  recall(checkpoint: SignedHead): NoteSignature | undefined;
  /** Lets go of it at once. */
  end(): void;
}

export interface StandingSetup {
  readonly peer: WitnessPeer;
  readonly limits: AskingLimits;
  readonly observer: StandingObserver;
  /** A clock that never goes back. */
  readonly nowMs: () => number;
  /** The time of day, Unix milliseconds. */
  readonly timeMs: () => number;
}

/** Of the doubling; the limit is reached long before. */
const doublingsMax = 30;

export function createStanding({ peer, limits, observer, nowMs, timeMs }: StandingSetup): Standing {
  const { timeoutMs, backoffMs, backoffMsMax, answerBytesMax, clockSkewMsMax } = limits;
  const { name } = peer.verifier;
  let knownSize = 0;
  let cosignedSize = 0;
  let failures = 0;
  let isDisputing = false;
  let dueMs = 0;
  let underWay: AbortController | undefined;
  let ended = false;

  function cosigned(size: number): void {
    if (failures > 0) observer.recovered(name);
    failures = 0;
    isDisputing = false;
    dueMs = 0;
    knownSize = size;
    cosignedSize = size;
    observer.answered(name, 'cosigned');
  }

  function failed(error: unknown): void {
    const fault = error instanceof WitnessFault ? error : new WitnessFault('unreachable', 'it cannot be asked', error);
    dueMs = nowMs() + Math.min(backoffMsMax, backoffMs * 2 ** Math.min(failures, doublingsMax));
    failures += 1;
    isDisputing ||= fault.isDispute;
    observer.answered(name, fault.outcome);
    if (failures === 1 || fault.isDispute) observer.failed(name, fault);
  }

  return {
    get isSound() {
      return failures === 0;
    },
    get isAsked() {
      return underWay !== undefined;
    },
    get isDisputing() {
      return isDisputing;
    },
    get dueMs() {
      return dueMs;
    },
    async ask({ head, proveFrom }) {
      const controller = new AbortController();
      const late = () => controller.abort(new WitnessFault('timeout', `it does not answer within ${timeoutMs} ms`));
      const timer = setTimeout(late, timeoutMs);
      underWay = controller;
      dueMs = nowMs() + timeoutMs;
      const learnt = (size: number) => {
        if (size < cosignedSize) observer.forgot(name, cosignedSize, size);
        cosignedSize = Math.min(cosignedSize, size);
        knownSize = Math.min(size, head.size);
      };
      try {
        const question = { head, proveFrom, guessedSize: knownSize, learnt };
        const cosignature = await askWitness(peer, question, {
          ...{ answerBytesMax, clockSkewMsMax, timeMs },
          signal: controller.signal,
        });
        cosigned(head.size);
        return cosignature;
      } catch (error) {
        if (!ended) failed(error);
        return undefined;
      } finally {
        clearTimeout(timer);
        underWay = undefined;
      }
    },
    recall(checkpoint) {
      const signature = signatureBy(peer, parseNote(checkpoint.note));
      if (signature === undefined) return undefined;
      knownSize = checkpoint.size;
      cosignedSize = checkpoint.size;
      return signature;
    },
    end() {
      ended = true;
      underWay?.abort(new WitnessFault('timeout', 'the log is closed'));
    },
  };
}

function signatureBy({ verifier }: WitnessPeer, { text, signatures }: Note): NoteSignature | undefined {
  return signatures.find(
    ({ name, keyId, signature }) =>
      name === verifier.name && keyId === verifier.keyId && verifier.verify(text, signature),
  );
}
