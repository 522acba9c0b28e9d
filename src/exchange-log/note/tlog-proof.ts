/** Proof files that show offline that an entry is in a log (C2SP tlog-proof v1). */

import type { Hash } from '../tree/hash.ts';
import { verifyInclusion } from '../tree/proof.ts';
import { type LogIdentity, type OpenedCheckpoint, openCheckpoint, parseCheckpoint } from './checkpoint.ts';
import { parseBase64, parseCount, parseHash } from './fields.ts';
import { parseNote, type Verifier } from './note.ts';
import { demandForm } from './note-error.ts';

export interface TlogProof {
  readonly index: number;
  /** From the leaf's sibling up to the root's child. */
  readonly inclusion: readonly Hash[];
  /** The signed note, with all its signatures. */
  readonly checkpoint: string;
  /** For the application, and proven by nothing. */
  readonly extra?: Buffer;
}

const firstLine = 'c2sp.org/tlog-proof@v1';
/** The height of the highest tree whose size a checkpoint can tell (RFC 6962 counts in 64 bits). */
const hashesMax = 63;

/** NoteError `malformed` where the proof cannot be parsed back. */
export function formatTlogProof(proof: TlogProof): string {
  const extra = proof.extra === undefined ? [] : [`extra ${proof.extra.toString('base64')}`];
  const hashes = proof.inclusion.map((hash) => hash.toString('base64'));
  const text = [firstLine, ...extra, `index ${proof.index}`, ...hashes, '', proof.checkpoint].join('\n');
  parseTlogProof(text);
  return text;
}

/** Checks the form alone: nothing in the proof may be believed yet. NoteError `malformed`. */
export function parseTlogProof(text: string): TlogProof {
  const end = text.indexOf('\n\n');
  demandForm(end !== -1, 'the proof has no empty line before its checkpoint');
  const [first, ...fields] = text.slice(0, end).split('\n');
  demandForm(first === firstLine, `the proof does not start with ${firstLine}`);
  const extra = fields[0]?.startsWith('extra ') ? fields.shift()?.slice('extra '.length) : undefined;
  const [index, ...hashes] = fields;
  demandForm(index?.startsWith('index ') === true, 'the proof has no index');
  demandForm(hashes.length <= hashesMax, `the proof has more than ${hashesMax} hashes`);
  const checkpoint = text.slice(end + 2);
  parseCheckpoint(parseNote(checkpoint).text);
  return {
    index: parseCount(index.slice('index '.length), 'the index of the proof'),
    inclusion: hashes.map((hash) => parseHash(hash, 'a hash of the proof')),
    checkpoint,
    ...(extra !== undefined && { extra: parseBase64(extra, 'the extra data of the proof') }),
  };
}

/**
 * Throws NoteError unless the log signed the proof's checkpoint (and each cosigner that did so did it rightly), and
 * ProofError unless the leaf is in that tree at that index. Whether enough cosigned is for the caller to say.
 */
export function verifyTlogProof(
  proof: TlogProof,
  leaf: Hash,
  log: LogIdentity,
  cosigners: readonly Verifier[] = [],
): OpenedCheckpoint {
  const opened = openCheckpoint(proof.checkpoint, log, cosigners);
  verifyInclusion(leaf, proof.index, opened.checkpoint.size, proof.inclusion, opened.checkpoint.root);
  return opened;
}
