/** Checks one saved answer about a person by itself: that each of its rows is an entry of the log, and says what the entry says. */

import { isDeepStrictEqual } from 'node:util';
import { describeAccess } from '../../exchange/access.ts';
import type { LogEntry } from '../../exchange/types.ts';
import { canonicalJson } from '../canonical.ts';
import { openCheckpoint, type ParsedCheckpoint } from '../note/checkpoint.ts';
import { parseHash } from '../note/fields.ts';
import type { VerifierKey } from '../note/keys.ts';
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
  /** The look among them. */
  readonly entries: readonly CheckedAccess[];
  /** Origins of other logs, one for each row that is of theirs: nothing is known of those. */
  readonly elsewhere: readonly string[];
}

export interface CheckedAccess {
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

/** Throws for two members of one name: two readers of a file must not see two values. */
export type ParseJson = (content: Uint8Array) => unknown;

const answerMembers = ['log', 'subjects', 'checkpoint', 'look', 'accesses', 'next'];

type Row = Readonly<Record<string, unknown>>;

/** What a row says beyond the entry: where it stands, the proof, and names as they are today. */
const ownMembers = ['log', 'index', 'entry', 'inclusion', 'names'];

/** Needs neither gateway nor network. Throws AccessFault with the first row that does not hold. */
export function checkAccessFile(
  name: string,
  text: string,
  verifier: VerifierKey,
  otherVerifiers: readonly VerifierKey[],
  parseJson: ParseJson,
): AccessFile {
  return within(name, () => checkAnswer(parse(text, parseJson), verifier, otherVerifiers));
}

function checkAnswer(
  { log, subjects, checkpoint, look, accesses }: Answer,
  verifier: VerifierKey,
  otherVerifiers: readonly VerifierKey[],
): AccessFile {
  demand(log === verifier.name, `it is of the log ${log}, and the key of ${verifier.name}`);
  const opened = within('the checkpoint', () =>
    openCheckpoint(Buffer.from(checkpoint), { origin: verifier.name, verifier, otherVerifiers }),
  );
  const check = (row: Row) => checkRow(row, subjects, opened.checkpoint);
  const checkedLook = within('the look', () => check(look));
  const { kind, look: what, role, outcome } = describeAccess(JSON.parse(checkedLook.entry) as LogEntry);
  const isOwnQuestion = [kind, what, role, outcome].join() === 'audit,accesses,citizen,ok';
  demand(isOwnQuestion && checkedLook.subject === subjects[0], 'its look is not the person’s own question');
  const own = accesses.flatMap((row, at) => (row.log === log ? [within(`row ${at + 1}`, () => check(row))] : []));
  for (const { index } of own) demand(index < checkedLook.index, `entry ${index} came after the look`);
  const elsewhere = accesses.map((row) => String(row.log)).filter((origin) => origin !== log);
  return { subjects, look: checkedLook, entries: [...own, checkedLook], elsewhere };
}

function checkRow(row: Row, subjects: readonly string[], { size, root }: ParsedCheckpoint): CheckedAccess {
  const { index, entry, inclusion } = row;
  demand(isCount(index), 'it has no index');
  demand(isRow(entry), 'it has no entry');
  demand(isTexts(inclusion), 'it has no list of hashes as "inclusion"');
  const printed = entry as unknown as LogEntry;
  const canonical = canonicalJson(printed);
  const hashes = inclusion.map((hash) => parseHash(hash, 'a hash of the proof'));
  verifyInclusion(leafHash(Buffer.from(canonical)), index, size, hashes, root);
  demandSame(row, printed);
  const { subject, subjectNumber, time } = printed;
  demand(subject !== undefined && subjects.includes(subject), `entry ${index} is about somebody else`);
  demand(isCount(subjectNumber), `entry ${index} has no number`);
  const isOfPresentName =
    ['query', 'event'].includes(printed.kind) || (printed.kind === 'audit' && printed.role === 'citizen');
  return { index, subject, number: subjectNumber, time, isOfPresentName, entry: canonical };
}

/** A proof is of the entry alone: what the row says for people must be what the entry says. */
function demandSame(row: Row, entry: LogEntry): void {
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
  readonly look: Row;
  readonly accesses: readonly Row[];
}

function parse(text: string, parseJson: ParseJson): Answer {
  const answer = parseStrictly(text, parseJson);
  demand(isRow(answer), 'it is no answer of /v1/me/accesses');
  const isKnown = (member: string) => answerMembers.includes(member);
  demand(Object.keys(answer).every(isKnown), `it has members other than ${answerMembers.join(', ')}`);
  const { log, subjects, checkpoint, look, accesses } = answer;
  demand(typeof log === 'string' && typeof checkpoint === 'string', 'it names no log, or has no checkpoint');
  demand(isTexts(subjects) && isRow(look), 'it has no subjects, or no look');
  demand(Array.isArray(accesses) && accesses.every(isRow), 'it has no list of accesses');
  return { log, subjects, checkpoint, look, accesses };
}

function parseStrictly(text: string, parseJson: ParseJson): unknown {
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
const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string');
