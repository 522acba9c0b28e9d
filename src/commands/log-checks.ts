/** What the commands of `lienthong log` check, and what they say of it. */

import { readFile } from 'node:fs/promises';
import { describeAccesses, describeMissing } from '../cli/access-lines.ts';
import { createProgress, describeEvidence, describeLog, describeReceipt, type Terminal } from '../cli/log-lines.ts';
import type { TrustedWitnesses } from '../exchange-log/note/cosigners.ts';
import type { VerifierKey } from '../exchange-log/note/keys.ts';
import { keysOfLog } from '../exchange-log/note/keys-of-log.ts';
import { NoteError } from '../exchange-log/note/note-error.ts';
import { verifyReceipt } from '../exchange-log/receipt.ts';
import { readAuthorities } from '../exchange-log/timestamps/authorities.ts';
import { createEvidenceCheck, type EvidenceCheck } from '../exchange-log/verify/evidence-check.ts';
import { LogFault } from '../exchange-log/verify/log-fault.ts';
import type { LogSource } from '../exchange-log/verify/log-source.ts';
import { createSubjectCheck } from '../exchange-log/verify/subject-check.ts';
import { verifyAccesses } from '../exchange-log/verify/verify-accesses.ts';
import { verifyLog } from '../exchange-log/verify/verify-log.ts';
import { parseJson } from '../validation/index.ts';
import type { SourceOptions } from './log-places.ts';
import { parseNamedKey } from './options.ts';

/** Rows of an answer hold entries, and those lists: deeper than this no honest file is. */
const savedDepthMax = 10;
/** Of an answer or a receipt that somebody kept. */
export const parseSaved = (content: Uint8Array): unknown => parseJson(content, { depthMax: savedDepthMax });

type Verifiers = readonly [VerifierKey, ...VerifierKey[]];
interface WitnessOptions {
  readonly witness?: readonly string[];
  readonly witnessesWanted?: number;
}

interface VerifyRequest extends SourceOptions, WitnessOptions {
  readonly key?: Verifiers;
  readonly from?: string;
  readonly tsaCa?: string;
  readonly subjects?: boolean;
  readonly evidence?: 'all' | 'present';
}

/** What was found, for people. Throws what `verifyLog` throws. */
export async function checkLog(
  source: LogSource,
  options: VerifyRequest,
  witnesses: TrustedWitnesses,
  terminal: Terminal,
): Promise<string> {
  const note = (await source.read('checkpoint')) ?? Buffer.alloc(0);
  const { verifier, otherVerifiers } = options.key === undefined ? noKeys : keysOfLog(note, options.key);
  const older = options.from === undefined ? undefined : await readFile(options.from);
  const authorities = options.tsaCa === undefined ? undefined : await readAuthorities(options.tsaCa);
  const evidence = evidenceCheckOf(source, options.evidence);
  const subjects = options.subjects === true ? await createSubjectCheck() : undefined;
  const progress = createProgress(terminal);
  try {
    const report = await verifyLog(source, {
      verifier,
      otherVerifiers,
      witnesses,
      older,
      authorities,
      subjects,
      inspect: evidence?.entry,
      progress,
    });
    const described = describeLog({ ...report, numbered: subjects?.counted }, verifier !== undefined);
    return evidence === undefined ? described : `${described}\n${describeEvidence(evidence.census)}`;
  } finally {
    await subjects?.close();
  }
}

const noKeys = { verifier: undefined, otherVerifiers: [] };

/** An older checkpoint is held against the one log among several that it is of. */
export async function checksOf(sources: readonly LogSource[], options: VerifyRequest) {
  const originOf = (note: Buffer | undefined) => note?.toString().split('\n', 1)[0];
  const older = options.from === undefined ? undefined : originOf(await readFile(options.from));
  const origins = await Promise.all(sources.map(async (source) => originOf(await source.read('checkpoint'))));
  const { from: _older, ...others } = options;
  return sources.map((source, at) => {
    const isOfAnother = older !== origins[at] && origins.includes(older);
    return { source, options: isOfAnother ? others : options };
  });
}

/** A fault in one log of several says in which. */
export const blaming =
  ({ folder = '' }: LogSource) =>
  (error: unknown): never => {
    if (error instanceof LogFault) throw new LogFault(folder, error.message, error.cause);
    if (error instanceof NoteError) throw new LogFault(folder, error.message, error);
    throw error;
  };

function evidenceCheckOf(source: LogSource, wanted: 'all' | 'present' | undefined): EvidenceCheck | undefined {
  if (wanted === undefined) return undefined;
  if (source.evidence === undefined) throw new Error('--evidence needs the folder: evidence is not served');
  return createEvidenceCheck(source.evidence, wanted);
}

/** Throws NoteError, ProofError. */
export async function checkReceipt(
  file: string,
  options: WitnessOptions & { readonly key: Verifiers },
): Promise<string> {
  const [verifier, ...otherVerifiers] = options.key;
  const witnesses = witnessesOf(options);
  const text = await readFile(file, 'utf8');
  try {
    return describeReceipt(verifyReceipt(text, { verifier, otherVerifiers, witnesses, parseJson: parseSaved }));
  } catch (error) {
    if (!(error instanceof NoteError && error.fault === 'malformed')) throw error;
    const said = `${file} is no receipt, or a damaged one: ${error.message}. /v1/exchanges/{id}/receipt gives receipts`;
    throw new NoteError('malformed', said);
  }
}

export function witnessesOf({ witness = [], witnessesWanted = witness.length }: WitnessOptions): TrustedWitnesses {
  return {
    keys: witness.map((key) => parseNamedKey('--witness', key, 'lienthong witness --key')),
    wanted: witnessesWanted,
  };
}

/** Throws AccessFault; Error where entries are missing. */
export async function checkAccesses(
  files: readonly string[],
  options: WitnessOptions & { readonly key: Verifiers; readonly partial?: boolean },
): Promise<string> {
  const { key: keys, partial = false } = options;
  const answers = await Promise.all(files.map(async (name) => ({ name, text: await readFile(name, 'utf8') })));
  const report = verifyAccesses(answers, { keys, witnesses: witnessesOf(options), parseJson: parseSaved });
  const missing = describeMissing(report);
  if (missing !== undefined && !partial) throw new Error(missing);
  return [describeAccesses(report), ...(missing === undefined ? [] : [missing])].join('\n');
}
