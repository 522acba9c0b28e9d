/** Asks the configured witnesses for cosignatures: all at the same time, each within its time, and those that fail ever less often. */

import type { Cosigned, Cosigning, CosigningPolicy } from '../cosigning.ts';
import { formatNote, type Note, type NoteSignature, parseNote } from '../note/note.ts';
import { askWitness, type Question, type WitnessPeer } from './ask-witness.ts';
import { WitnessFault, type WitnessOutcome } from './witness-fault.ts';

export interface WitnessLimits extends CosigningPolicy {
  /** For one witness and one checkpoint, milliseconds: so long may asking hold a checkpoint up. */
  readonly timeoutMs: number;
  /** After the first failure of a witness, then doubled with each further one, milliseconds. */
  readonly backoffMs: number;
  readonly backoffMsMax: number;
  readonly answerBytesMax: number;
}

export interface WitnessObserver {
  /** Each answer, or why there was none. */
  answered(witness: string, outcome: WitnessOutcome | 'cosigned'): void;
  /** It failed where it had not before, or contradicts the log. */
  failed(witness: string, fault: WitnessFault): void;
  /** It cosigns again. */
  recovered(witness: string): void;
  /** It names a smaller tree than it has cosigned: it lost its own memory, and could cosign another history. */
  forgot(witness: string, cosignedSize: number, namedSize: number): void;
  /** A round is over. */
  obtained(cosignatures: number): void;
}

export interface AskWitnessesSetup {
  readonly witnesses: readonly WitnessPeer[];
  readonly limits: WitnessLimits;
  readonly observer: WitnessObserver;
  /** A clock that never goes back. */
  readonly nowMs: () => number;
}

/** One witness, and what is known of it. */
interface Standing {
  readonly peer: WitnessPeer;
  knownSize: number;
  cosignedSize: number;
  failures: number;
  /** Not to be asked before. */
  dueMs: number;
  underWay: AbortController | undefined;
}

interface Gathering {
  readonly size: number;
  readonly note: Note;
  readonly found: Map<Standing, NoteSignature>;
}

export function createCosigning({ witnesses, limits, observer, nowMs }: AskWitnessesSetup): Cosigning {
  const { wanted, timeoutMs, backoffMs, backoffMsMax, answerBytesMax } = limits;
  const standings = witnesses.map((peer): Standing => {
    return { peer, knownSize: 0, cosignedSize: 0, failures: 0, dueMs: 0, underWay: undefined };
  });
  let newest: Gathering | undefined;
  let ended = false;

  /** Never rejects. */
  async function ask(standing: Standing, gathering: Gathering, question: Omit<Question, 'guessedSize' | 'learnt'>) {
    const { peer } = standing;
    const underWay = new AbortController();
    const late = () => underWay.abort(new WitnessFault('timeout', `it does not answer within ${timeoutMs} ms`));
    const timer = setTimeout(late, timeoutMs);
    standing.underWay = underWay;
    standing.dueMs = nowMs() + timeoutMs;
    const learnt = (size: number) => {
      if (size < standing.cosignedSize) observer.forgot(peer.verifier.name, standing.cosignedSize, size);
      standing.cosignedSize = Math.min(standing.cosignedSize, size);
      standing.knownSize = Math.min(size, gathering.size);
    };
    try {
      const whole = { ...question, guessedSize: standing.knownSize, learnt };
      gathering.found.set(standing, await askWitness(peer, whole, { answerBytesMax, signal: underWay.signal }));
      cosigned(standing, gathering.size);
    } catch (error) {
      if (!ended) failed(standing, error);
    } finally {
      clearTimeout(timer);
      standing.underWay = undefined;
    }
  }

  function cosigned(standing: Standing, size: number): void {
    const { name } = standing.peer.verifier;
    if (standing.failures > 0) observer.recovered(name);
    Object.assign(standing, { failures: 0, dueMs: 0, knownSize: size, cosignedSize: size });
    observer.answered(name, 'cosigned');
  }

  function failed(standing: Standing, error: unknown): void {
    const { name } = standing.peer.verifier;
    const fault = error instanceof WitnessFault ? error : new WitnessFault('unreachable', 'it cannot be asked', error);
    standing.failures += 1;
    standing.dueMs = nowMs() + Math.min(backoffMsMax, backoffMs * 2 ** Math.min(standing.failures - 1, 30));
    observer.answered(name, fault.outcome);
    if (standing.failures === 1 || fault.isDispute) observer.failed(name, fault);
  }

  /** Those that failed before are waited for only as long as the others are too few. */
  async function gather(gathering: Gathering, question: Pick<Question, 'head' | 'proveFrom'>, isLast: boolean) {
    const enough = Promise.withResolvers<void>();
    const askAll = (some: readonly Standing[]) =>
      some.map(async (standing) => {
        await ask(standing, gathering, question);
        if (gathering.found.size >= wanted) enough.resolve();
      });
    const lacking = standings.filter((one) => !gathering.found.has(one) && one.underWay === undefined);
    const sound = askAll(lacking.filter(({ failures }) => failures === 0));
    const due = (one: Standing) => one.failures > 0 && one.dueMs <= nowMs() && !isLast;
    const doubtful = askAll(lacking.filter(due));
    await Promise.all(sound);
    if (gathering.found.size < wanted) await Promise.race([enough.promise, Promise.all(doubtful)]);
  }

  return {
    ...limits,
    async cosign(head, proveFrom, isLast) {
      const note = parseNote(head.note);
      if (newest?.note.text !== note.text) newest = { size: head.size, note, found: new Map() };
      const gathering = newest;
      if (!ended && gathering.found.size < wanted) await gather(gathering, { head, proveFrom }, isLast);
      observer.obtained(gathering.found.size);
      return cosignedNote(gathering, note, standings);
    },
    recall(checkpoint) {
      const note = parseNote(checkpoint.note);
      newest = { size: checkpoint.size, note, found: new Map() };
      for (const standing of standings) {
        const signature = signatureBy(standing.peer, note);
        if (signature === undefined) continue;
        newest.found.set(standing, signature);
        Object.assign(standing, { knownSize: checkpoint.size, cosignedSize: checkpoint.size });
      }
      observer.obtained(newest.found.size);
      return newest.found.size;
    },
    againInMs({ size }) {
      const found = newest?.size === size ? newest.found : new Map();
      if (size === 0 || found.size >= wanted) return undefined;
      const lacking = standings.filter((standing) => !found.has(standing));
      return Math.max(0, Math.min(...lacking.map(({ dueMs }) => dueMs)) - nowMs());
    },
    end() {
      ended = true;
      for (const { underWay } of standings) underWay?.abort(new WitnessFault('timeout', 'the log is closed'));
    },
  };
}

/** The log's own signatures first, then the cosignatures in the order of the configuration. */
function cosignedNote({ found }: Gathering, own: Note, standings: readonly Standing[]): Cosigned {
  const cosignatures = standings.flatMap((standing) => found.get(standing) ?? []);
  const note = formatNote({ text: own.text, signatures: [...own.signatures, ...cosignatures] });
  return { note, cosignatures: cosignatures.length };
}

function signatureBy({ verifier }: WitnessPeer, { text, signatures }: Note): NoteSignature | undefined {
  return signatures.find(
    ({ name, keyId, signature }) =>
      name === verifier.name && keyId === verifier.keyId && verifier.verify(text, signature),
  );
}
