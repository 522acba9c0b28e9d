/** Asks the configured witnesses for cosignatures: all at the same time, each within its time, and those that fail ever less often. */

import type { Cosigned, Cosigning, CosigningPolicy } from '../cosigning.ts';
import { formatNote, type Note, type NoteSignature, parseNote } from '../note/note.ts';
import type { Question, WitnessPeer } from './ask-witness.ts';
import { type AskingLimits, createStanding, type Standing, type StandingObserver } from './standing.ts';

export interface WitnessLimits extends CosigningPolicy, AskingLimits {}

export interface WitnessObserver extends StandingObserver {
  /** A round is over. */
  obtained(cosignatures: number): void;
}

export interface AskWitnessesSetup {
  readonly witnesses: readonly WitnessPeer[];
  readonly limits: WitnessLimits;
  readonly observer: WitnessObserver;
  /** A clock that never goes back. */
  readonly nowMs: () => number;
  /** The time of day, Unix milliseconds. */
  readonly timeMs: () => number;
}

/** What was got for one head so far. */
interface Gathering {
  readonly size: number;
  readonly note: Note;
  readonly found: Map<Standing, NoteSignature>;
}

export function createCosigning({ witnesses, limits, observer, nowMs, timeMs }: AskWitnessesSetup): Cosigning {
  const { wanted } = limits;
  const standings = witnesses.map((peer) => createStanding({ peer, limits, observer, nowMs, timeMs }));
  let newest: Gathering | undefined;
  let ended = false;

  /** Those that failed before are waited for only as long as the others are too few. */
  async function gather({ found }: Gathering, question: Pick<Question, 'head' | 'proveFrom'>, isLast: boolean) {
    const enough = Promise.withResolvers<void>();
    const askAll = (some: readonly Standing[]) =>
      some.map(async (standing) => {
        const cosignature = await standing.ask(question);
        if (cosignature !== undefined) found.set(standing, cosignature);
        if (found.size >= wanted) enough.resolve();
      });
    const lacking = standings.filter((one) => !found.has(one) && !one.isAsked);
    const doubtful = lacking.filter(({ isSound, dueMs }) => !isSound && dueMs <= nowMs() && !isLast);
    const sound = lacking.filter(({ isSound }) => isSound);
    const asked = askAll(doubtful);
    await Promise.all(askAll(sound));
    if (found.size < wanted) await Promise.race([enough.promise, Promise.all(asked)]);
  }

  const isDisputed = () => standings.some((standing) => standing.isDisputing);
  /** One that disputes the log is asked on, though the others are enough: nothing else would end the dispute. */
  const isEnough = ({ found }: Pick<Gathering, 'found'>) => found.size >= wanted && !isDisputed();

  return {
    ...limits,
    get isDisputed() {
      return isDisputed();
    },
    async cosign(head, proveFrom, isLast) {
      const note = parseNote(head.note);
      if (newest?.note.text !== note.text) newest = { size: head.size, note, found: new Map() };
      const gathering = newest;
      if (!ended && !isEnough(gathering)) await gather(gathering, { head, proveFrom }, isLast);
      observer.obtained(gathering.found.size);
      return cosignedNote(gathering, note, standings);
    },
    recall(checkpoint) {
      const found = new Map<Standing, NoteSignature>();
      for (const standing of standings) {
        const cosignature = standing.recall(checkpoint);
        if (cosignature !== undefined) found.set(standing, cosignature);
      }
      newest = { size: checkpoint.size, note: parseNote(checkpoint.note), found };
      observer.obtained(found.size);
      return found.size;
    },
    againInMs({ size }) {
      const found = newest?.size === size ? newest.found : new Map();
      if (size === 0 || isEnough({ found })) return undefined;
      const lacking = standings.filter((standing) => !found.has(standing));
      return Math.max(0, Math.min(...lacking.map(({ dueMs }) => dueMs)) - nowMs());
    },
    end() {
      ended = true;
      for (const standing of standings) standing.end();
    },
  };
}

/** The log's own signatures first, then the cosignatures in the order of the configuration. */
function cosignedNote({ found }: Gathering, own: Note, standings: readonly Standing[]): Cosigned {
  const cosignatures = standings.flatMap((standing) => found.get(standing) ?? []);
  const note = formatNote({ text: own.text, signatures: [...own.signatures, ...cosignatures] });
  return { note, cosignatures: cosignatures.length };
}
