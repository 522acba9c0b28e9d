/** Receipts: one entry, its place and the proof that a signed checkpoint covers it; as JSON or as C2SP tlog-proof. */

import type { LogEntry } from '../exchange/entries.ts';
import type { Receipt } from '../exchange/log-ports.ts';
import { canonicalJson } from './canonical.ts';
import { demandCosigners, noWitnesses, type TrustedWitnesses, type Vouching } from './note/cosigners.ts';
import { parseHash } from './note/fields.ts';
import type { VerifierKey } from './note/keys.ts';
import { keysOfLog } from './note/keys-of-log.ts';
import { demandForm } from './note/note-error.ts';
import { formatTlogProof, parseTlogProof, type TlogProof, verifyTlogProof } from './note/tlog-proof.ts';
import { leafHash } from './tree/hash.ts';

export interface ProvenEntry extends TlogProof {
  /** Canonical JSON. */
  readonly entry: Buffer;
}

export interface VerifiedReceipt {
  readonly origin: string;
  readonly index: number;
  /** Entries that the checkpoint covers. */
  readonly size: number;
  /** Canonical JSON. */
  readonly entry: string;
  readonly vouching: Vouching;
}

export function createReceipt(proven: ProvenEntry): Receipt {
  return {
    get json() {
      return formatReceipt(proven);
    },
    get tlogProof() {
      return formatTlogProof({ ...proven, extra: proven.entry });
    },
  };
}

/** One line of JSON: index, entry, inclusion (hashes, base64, from the leaf's sibling up) and checkpoint (a signed note). */
export function formatReceipt({ index, entry, inclusion, checkpoint }: ProvenEntry): string {
  const hashes = inclusion.map((hash) => hash.toString('base64'));
  // The entry as it was recorded: its members are not printed anew.
  const proof = `"inclusion":${JSON.stringify(hashes)},"checkpoint":${JSON.stringify(checkpoint)}`;
  return `{"index":${index},"entry":${entry.toString()},${proof}}`;
}

export interface ReceiptCheck {
  readonly verifier: VerifierKey;
  /** Further keys of the log; keys of other logs may be among them. */
  readonly otherVerifiers?: readonly VerifierKey[];
  readonly witnesses?: TrustedWitnesses;
  /** Throws for two members of one name: two readers of a receipt must not see two values. */
  readonly parseJson: (content: Uint8Array) => unknown;
}

/** Needs neither gateway nor network; any of the log's keys will do. Throws NoteError or ProofError, both of which say what is wrong. */
export function verifyReceipt(
  text: string,
  { verifier, otherVerifiers = [], witnesses = noWitnesses, parseJson }: ReceiptCheck,
): VerifiedReceipt {
  const proof = text.trimStart().startsWith('{') ? parseReceipt(text, parseJson) : parseProofWithEntry(text);
  const keys = keysOfLog(proof.checkpoint, [verifier, ...otherVerifiers]);
  const { checkpoint } = verifyTlogProof(proof, leafHash(proof.entry), keys);
  const { origin, size } = checkpoint;
  const vouching = demandCosigners(proof.checkpoint, origin, witnesses);
  return { origin, index: proof.index, size, entry: proof.entry.toString(), vouching };
}

function parseProofWithEntry(text: string): ProvenEntry {
  const proof = parseTlogProof(text);
  demandForm(proof.extra !== undefined, 'the proof holds no entry as its extra data');
  return { ...proof, entry: proof.extra };
}

/** White space and the order of members do not count: the entry is brought back to its canonical form. */
function parseReceipt(text: string, parseJson: ReceiptCheck['parseJson']): ProvenEntry {
  const receipt = parseObject(text, parseJson);
  const isKnown = (member: string) => receiptMembers.includes(member);
  demandForm(Object.keys(receipt).every(isKnown), `the receipt has members other than ${receiptMembers.join(', ')}`);
  const { index, entry, inclusion, checkpoint } = receipt;
  demandForm(typeof index === 'number' && Number.isSafeInteger(index) && index >= 0, 'the receipt has no index');
  demandForm(typeof entry === 'object' && entry !== null, 'the receipt has no entry');
  demandForm(isTexts(inclusion), 'the receipt has no list of hashes as "inclusion"');
  demandForm(typeof checkpoint === 'string', 'the receipt has no checkpoint');
  return {
    index,
    entry: Buffer.from(canonicalJson(entry as LogEntry)),
    inclusion: inclusion.map((hash) => parseHash(hash, 'a hash of the receipt')),
    checkpoint,
  };
}

const receiptMembers = ['index', 'entry', 'inclusion', 'checkpoint'];

function parseObject(text: string, parseJson: ReceiptCheck['parseJson']): Record<string, unknown> {
  try {
    return parseJson(Buffer.from(text)) as Record<string, unknown>;
  } catch {
    demandForm(false, 'the receipt is neither JSON nor a tlog-proof, or has a member twice');
  }
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}
