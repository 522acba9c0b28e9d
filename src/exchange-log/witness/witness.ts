/** Witnesses other parties' logs: cosigns a checkpoint only where it continues the one that it cosigned last (C2SP tlog-witness). */

import { hash } from 'node:crypto';
import type { Witness, WitnessAnswer } from '../../exchange/log-ports.ts';
import { type Checkpoint, type ParsedCheckpoint, parseCheckpoint } from '../note/checkpoint.ts';
import type { KeyedSigner } from '../note/keys.ts';
import {
  formatNote,
  formatSignature,
  type NoteSignature,
  openNote,
  parseNote,
  signatureOf,
  type Verifier,
} from '../note/note.ts';
import { NoteError } from '../note/note-error.ts';
import { createSlots, type Slots } from '../slots.ts';
import { emptyRoot, type Hash } from '../tree/hash.ts';
import { ProofError, verifyConsistency } from '../tree/proof.ts';
import { parseAddCheckpoint } from './add-checkpoint.ts';
import { WitnessDamage } from './witness-damage.ts';
import type { WitnessStore } from './witness-store.ts';

export interface WitnessedLog {
  readonly origin: string;
  /** One or several, of which one must have signed. */
  readonly verifiers: readonly Verifier[];
}

export interface WitnessLogObserver {
  cosigned(origin: string, size: number): void;
  /** The log's own key has signed what does not continue what was cosigned; the note is the evidence. */
  contradicted(origin: string, cosignedSize: number, note: string): void;
}

export interface WitnessSetup {
  readonly logs: readonly WitnessedLog[];
  /** Of type cosignature. */
  readonly cosigner: KeyedSigner;
  readonly store: WitnessStore;
  readonly observer: WitnessLogObserver;
}

/** Throws WitnessDamage for a state that this witness did not cosign. */
export function createWitness({ logs, cosigner, store, observer }: WitnessSetup): Witness {
  const known = new Map(logs.map((log): [string, KnownLog] => [log.origin, { ...log, turn: createSlots(1) }]));
  for (const originHash of store.all()) readState(originHash, store, cosigner.verifier);

  async function judge(request: Request): Promise<WitnessAnswer> {
    const { log, checkpoint, oldSize, text, signatures } = request;
    const originHash = hash('sha256', log.origin);
    const latest = store.get(originHash) === undefined ? nothingYet : readState(originHash, store, cosigner.verifier);
    if (oldSize !== latest.size) return { kind: 'conflict', size: latest.size };
    const fault = inconsistency(latest, request);
    if (fault !== undefined) {
      observer.contradicted(log.origin, latest.size, formatNote({ text, signatures }));
      return { kind: 'not-consistent', reason: fault };
    }
    const cosignature = signatureOf(text, cosigner);
    await store.put(originHash, formatNote({ text, signatures: [...signatures, cosignature] }));
    observer.cosigned(log.origin, checkpoint.size);
    return { kind: 'cosigned', lines: formatSignature(cosignature) };
  }

  return {
    async addCheckpoint(body) {
      const request = readRequest(body, known);
      if ('kind' in request) return request;
      // The look at what was cosigned last and its replacement belong together: one request of a log at a time.
      return request.log.turn.run(() => judge(request));
    },
    checkpoint: (originHash) => store.get(originHash),
  };
}

type Refusal = Exclude<WitnessAnswer, { readonly kind: 'cosigned' | 'conflict' }>;

interface KnownLog extends WitnessedLog {
  readonly turn: Slots;
}

interface Request {
  readonly log: KnownLog;
  readonly oldSize: number;
  readonly consistency: readonly Hash[];
  readonly checkpoint: ParsedCheckpoint;
  readonly text: string;
  /** Of the log's known keys, checked. */
  readonly signatures: readonly NoteSignature[];
}

const nothingYet = { size: 0, root: emptyRoot };

/** In the order in which the specification asks. */
function readRequest(body: Uint8Array, known: ReadonlyMap<string, KnownLog>): Request | Refusal {
  try {
    const { oldSize, consistency, checkpoint: note } = parseAddCheckpoint(body);
    const { text } = parseNote(note);
    const checkpoint = parseCheckpoint(text);
    const log = known.get(checkpoint.origin);
    if (log === undefined) return { kind: 'unknown-log', reason: 'this witness is not configured for that origin' };
    const { signatures } = openNote(note, log.verifiers);
    if (oldSize <= checkpoint.size) return { log, oldSize, consistency, checkpoint, text, signatures };
    return { kind: 'malformed', reason: 'the old size is larger than that of the checkpoint' };
  } catch (error) {
    if (!(error instanceof NoteError)) throw error;
    return { kind: error.fault === 'malformed' ? 'malformed' : 'not-signed', reason: error.message };
  }
}

/** Undefined where the checkpoint continues the one that was cosigned last. */
function inconsistency(latest: Pick<Checkpoint, 'size' | 'root'>, request: Request): string | undefined {
  const { checkpoint, consistency } = request;
  if (checkpoint.size === 0 && !checkpoint.root.equals(emptyRoot)) return 'no empty tree has this root';
  try {
    verifyConsistency(latest.size, latest.root, checkpoint.size, checkpoint.root, consistency);
    return undefined;
  } catch (error) {
    if (error instanceof ProofError) return error.message;
    throw error;
  }
}

function readState(originHash: string, store: WitnessStore, own: Verifier): ParsedCheckpoint {
  const note = store.get(originHash) ?? '';
  try {
    const checkpoint = parseCheckpoint(openNote(note, [own]).text);
    if (hash('sha256', checkpoint.origin) === originHash) return checkpoint;
  } catch (error) {
    if (!(error instanceof NoteError)) throw error;
    const why = error.fault === 'unsigned' ? renamed(own) : 'the file was changed: restore it as it was last';
    throw new WitnessDamage(store.fileOf(originHash), `${error.message}. ${why}`, error);
  }
  throw new WitnessDamage(store.fileOf(originHash), 'it is of another log');
}

const renamed = ({ name }: Verifier) =>
  `It was cosigned under another name or with another key than that of ${name}: give this witness its former name ` +
  '(name in its configuration) and keys/ back, or begin the new one in a data folder of its own';
