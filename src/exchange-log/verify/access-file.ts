/** Checks one saved answer about a person by itself: that each of its rows is an entry of the log, and says what the entry says. */

import { isDeepStrictEqual } from 'node:util';
import { describeAccess } from '../../exchange/access.ts';
import type { LogEntry, LookEntry } from '../../exchange/entries.ts';
import { canonicalJson } from '../canonical.ts';
import { openCheckpoint, type ParsedCheckpoint } from '../note/checkpoint.ts';
import { demandCosigners, type TrustedWitnesses, type Vouching } from '../note/cosigners.ts';
import { parseHash } from '../note/fields.ts';
import type { VerifierKey } from '../note/keys.ts';
import { keysOfLog } from '../note/keys-of-log.ts';
import { NoteError } from '../note/note-error.ts';
import { leafHash } from '../tree/hash.ts';
import { ProofError, verifyInclusion } from '../tree/proof.ts';

/** What is wrong with an answer, for the person who keeps it. */
export class AccessFault extends Error {
  override readonly name = 'AccessFault';
}

export interface AccessFile {
  /** Names of the person in the log, the present one first. */
  readonly subjects: readonly string[];
  readonly look: CheckedAccess;
  /** The same question as it is recorded in further logs whose key is known. */
  readonly otherLooks: readonly CheckedAccess[];
  /** The looks among them; those of further logs, too, whose key is known and whose proofs are there. */
  readonly entries: readonly CheckedAccess[];
  /** Origins of other logs, one for each further row that is of theirs: nothing is known of those. */
  readonly elsewhere: readonly string[];
  /** Every log that the answer names, whether its key is known or not. */
  readonly logs: readonly string[];
  readonly heads: readonly CheckedHead[];
}

export interface CheckedHead extends ParsedCheckpoint {
  readonly vouching: Vouching;
}

export interface CheckedAccess {
  /** Origin of the log. */
  readonly log: string;
  readonly index: number;
  readonly subject: string;
  /** Of the entry among those about that subject, from 1. */
  readonly number: number;
  readonly time: string;
  /** True for exchanges, events and the person’s own questions, which are written under the present name; others may be under any. */
  readonly isOfPresentName: boolean;
  /** Canonical JSON. */
  readonly entry: string;
}

export interface AccessCheck {
  /** Of the log that answered, and of as many others as are known. */
  readonly keys: readonly [VerifierKey, ...VerifierKey[]];
  /** Of every checkpoint. */
  readonly witnesses: TrustedWitnesses;
  /** Throws for two members of one name: two readers of a file must not see two values. */
  readonly parseJson: (content: Uint8Array) => unknown;
}

const answerMembers = ['log', 'subjects', 'checkpoint', 'others', 'look', 'accesses', 'next'];
const otherMembers = ['log', 'checkpoint', 'look'];

type Row = Readonly<Record<string, unknown>>;

/** What a row says beyond the entry: where it stands, the proof, and names as they are today. */
const ownMembers = ['log', 'index', 'entry', 'inclusion', 'names'];

/** Needs neither gateway nor network. Throws AccessFault with the first row that does not hold. */
export function checkAccessFile(name: string, text: string, check: AccessCheck): AccessFile {
  return within(name, () => checkAnswer(parse(text, check.parseJson), check));
}

function checkAnswer(answer: Answer, check: AccessCheck): AccessFile {
  const { log, subjects, others, look, accesses } = answer;
  const heads = openHeads(answer, check);
  const checked = (row: Row) => {
    const head = heads.get(String(row.log));
    demand(head !== undefined, 'it is of a log without a checkpoint');
    return checkRow(row, subjects, head);
  };
  const ownLook = within('the look', () => demandQuestion(checked(look), log, subjects));
  const question = (JSON.parse(ownLook.entry) as LogEntry).id;
  const otherLooks = others.flatMap((other) => {
    if (!heads.has(other.log) || other.look === undefined) return [];
    const row = other.look;
    return [
      within(`the look in ${other.log}`, () => demandSame(demandQuestion(checked(row), other.log, subjects), question)),
    ];
  });
  const rows = accesses.flatMap((row, at) =>
    heads.has(String(row.log)) ? [within(`row ${at + 1}`, () => checked(row))] : [],
  );
  const looks = [...otherLooks, ownLook];
  for (const { log: origin, index } of rows) {
    const lookThere = looks.find((one) => one.log === origin);
    demand(lookThere === undefined || index < lookThere.index, `entry ${index} of ${origin} came after the look`);
  }
  const named = [...others.map((other) => other.log), ...accesses.map((row) => String(row.log))];
  return {
    subjects,
    look: ownLook,
    otherLooks,
    entries: [...rows, ...looks],
    elsewhere: accesses.map((row) => String(row.log)).filter((origin) => !heads.has(origin)),
    logs: [...new Set([log, ...named])],
    heads: [...heads.values()],
  };
}

/** By origin. Whoever lacks the key of a further log learns so by its name. */
function openHeads({ log, checkpoint, others }: Answer, { keys, witnesses }: AccessCheck): Map<string, CheckedHead> {
  const { verifier } = keysOfLog(checkpoint, keys);
  demand(log === verifier.name, `it is of the log ${log}, and the key of ${verifier.name}`);
  const open = (origin: string, note: string): CheckedHead =>
    within(`the checkpoint of ${origin}`, () => {
      const head = openCheckpoint(Buffer.from(note), keysOfLog(note, keys)).checkpoint;
      demand(head.origin === origin, `it is of ${head.origin}`);
      return { ...head, vouching: demandCosigners(note, origin, witnesses) };
    });
  const heads = new Map([[log, open(log, checkpoint)]]);
  for (const other of others) {
    demand(!heads.has(other.log), `it has two checkpoints of ${other.log}`);
    if (keys.some(({ name }) => name === other.log)) heads.set(other.log, open(other.log, other.checkpoint));
  }
  return heads;
}

/** Entries before the person's own question, and none after, are what its number counts. */
function demandQuestion(look: CheckedAccess, log: string, [present]: readonly string[]): CheckedAccess {
  const { kind, look: what, role, outcome } = describeAccess(JSON.parse(look.entry) as LogEntry);
  const isOwnQuestion = [kind, what, role, outcome].join() === 'audit,accesses,citizen,ok';
  demand(isOwnQuestion && look.subject === present, 'its look is not the person’s own question');
  demand(look.log === log, 'its look is of another log');
  return look;
}

/** An earlier question, kept for the purpose, would leave room after it. */
function demandSame(look: CheckedAccess, question: string): CheckedAccess {
  const { filters } = JSON.parse(look.entry) as Partial<LookEntry>;
  demand(filters?.question === question, 'it is another question');
  return look;
}

function checkRow(row: Row, subjects: readonly string[], { origin: log, size, root }: ParsedCheckpoint): CheckedAccess {
  const { index, entry, inclusion } = row;
  demand(isCount(index), 'it has no index');
  demand(isRow(entry), 'it has no entry');
  demand(isTexts(inclusion), 'it has no list of hashes as "inclusion"');
  const printed = entry as unknown as LogEntry;
  const canonical = canonicalJson(printed);
  const hashes = inclusion.map((hash) => parseHash(hash, 'a hash of the proof'));
  verifyInclusion(leafHash(Buffer.from(canonical)), index, size, hashes, root);
  demandPrinted(row, printed);
  const { subject, subjectNumber, time } = printed;
  demand(subject !== undefined && subjects.includes(subject), `entry ${index} is about somebody else`);
  demand(isCount(subjectNumber), `entry ${index} has no number`);
  const isOfPresentName =
    ['query', 'event'].includes(printed.kind) || (printed.kind === 'audit' && printed.role === 'citizen');
  return { log, index, subject, number: subjectNumber, time, isOfPresentName, entry: canonical };
}

/** A proof is of the entry alone: what the row says for people must be what the entry says. */
function demandPrinted(row: Row, entry: LogEntry): void {
  const access = describeAccess(entry);
  const said = Object.keys(row).filter((member) => !ownMembers.includes(member));
  for (const member of new Set([...Object.keys(access), ...said])) {
    demand(isDeepStrictEqual(row[member], access[member]), `"${member}" is not what the entry says`);
  }
}

interface Answer {
  readonly log: string;
  readonly subjects: readonly string[];
  readonly checkpoint: string;
  readonly others: readonly { readonly log: string; readonly checkpoint: string; readonly look?: Row }[];
  readonly look: Row;
  readonly accesses: readonly Row[];
}

function parse(text: string, parseJson: AccessCheck['parseJson']): Answer {
  const answer = parseStrictly(text, parseJson);
  demand(isRow(answer), 'it is no answer of /v1/me/accesses');
  const isKnown = (member: string) => answerMembers.includes(member);
  demand(Object.keys(answer).every(isKnown), `it has members other than ${answerMembers.join(', ')}`);
  const { log, subjects, checkpoint, others = [], look, accesses } = answer;
  demand(typeof log === 'string' && typeof checkpoint === 'string', 'it names no log, or has no checkpoint');
  demand(isTexts(subjects) && isRow(look), 'it has no subjects, or no look');
  demand(Array.isArray(accesses) && accesses.every(isRow), 'it has no list of accesses');
  demand(Array.isArray(others) && others.every(isOther), 'its further checkpoints have no form');
  return { log, subjects, checkpoint, others, look, accesses };
}

function parseStrictly(text: string, parseJson: AccessCheck['parseJson']): unknown {
  try {
    return parseJson(Buffer.from(text));
  } catch (cause) {
    throw new AccessFault('it is no JSON, or has a member twice', { cause });
  }
}

/** Names the place in whatever is found wrong there. */
function within<T>(place: string, check: () => T): T {
  try {
    return check();
  } catch (error) {
    const isFault = error instanceof AccessFault || error instanceof NoteError || error instanceof ProofError;
    if (!isFault) throw error;
    throw new AccessFault(`${place}: ${error.message}`, { cause: error });
  }
}

function demand(condition: boolean, message: string): asserts condition {
  if (!condition) throw new AccessFault(message);
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isRow = (value: unknown): value is Row => typeof value === 'object' && value !== null && !Array.isArray(value);
const isOther = (value: unknown): value is Answer['others'][number] =>
  isRow(value) &&
  Object.keys(value).every((member) => otherMembers.includes(member)) &&
  typeof value.log === 'string' &&
  typeof value.checkpoint === 'string' &&
  (value.look === undefined || isRow(value.look));
const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string');
