/** Makes a row of the index out of an entry of the log, and a sound one out of an unsound entry wherever that can be. */

import { outcomeBy } from '../exchange/access.ts';
import { packPseudonym } from './pseudonym-bytes.ts';
import { type TextKey, textKey } from './texts.ts';

/** Texts that many entries share, by the column that refers to them. */
export type EntryTexts = Readonly<Record<TextColumn, TextKey | null>>;

type TextColumn =
  | 'consumer'
  | 'service'
  | 'purpose'
  | 'agreement'
  | 'outcome'
  | 'fields'
  | 'source'
  | 'claimed_consumer'
  | 'look'
  | 'role'
  | 'action';

/** The other columns, as PostgreSQL reads them in JSON. */
export interface EntryFacts {
  readonly time: string;
  readonly log_index: number;
  readonly status: number;
  readonly subject_number: number | null;
  readonly duration_ms: number;
  readonly id: string;
  readonly kind: string;
  readonly official: string | null;
  readonly subject: string | null;
  readonly issue: string | null;
}

export interface EntryRow {
  readonly facts: EntryFacts;
  readonly texts: EntryTexts;
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
/** Years 1 to 9999, Unix milliseconds: those that dates and the names of partitions are printed for. */
export const timeMsMin = -62_135_596_800_000;
export const timeMsMax = 253_402_300_799_999;
const smallintMax = 32_767;
/** A key of an index takes no more than a third of a page; whole texts are in the log. */
const charactersMax = 500;

/** Undefined where it is no entry: no JSON object, or without id or time. */
export function entryRow(content: Buffer, index: number): EntryRow | undefined {
  const entry = parse(content);
  if (entry === undefined) return undefined;
  const timeMs = typeof entry.time === 'string' ? Date.parse(entry.time) : Number.NaN;
  const inTime = timeMs >= timeMsMin && timeMs <= timeMsMax;
  if (!inTime || typeof entry.id !== 'string' || !uuid.test(entry.id)) return undefined;
  const text = (use: string, name: string) => shared(use, textOf(entry[name]));
  const status = countOf(entry.status);
  return {
    facts: {
      time: new Date(timeMs).toISOString(),
      log_index: index,
      status: status === null || status > smallintMax ? 0 : status,
      subject_number: countOf(entry.subjectNumber),
      duration_ms: Math.round(countOf(entry.durationMs) ?? 0),
      id: entry.id,
      kind: short(textOf(entry.kind)) ?? 'unknown',
      official: pseudonym(entry.official),
      subject: pseudonym(entry.subject),
      issue: short(textOf(entry.issue)),
    },
    texts: {
      consumer: text('consumer', 'consumer'),
      service: shared('service', textOf(entry.service), textOf(entry.version)),
      purpose: text('purpose', 'purpose'),
      agreement: shared('agreement', textOf(entry.agreement), textOf(entry.legalBasis)),
      outcome: textKey('outcome', outcomeBy(textOf(entry.problem), entry.kind, entry.state)),
      fields: shared('fields', Array.isArray(entry.fields) ? JSON.stringify(entry.fields) : null),
      source: text('source', 'source'),
      claimed_consumer: text('consumer', 'claimedConsumer'),
      look: text('look', 'look'),
      role: text('role', 'role'),
      action: text('action', 'action') ?? text('action', 'state'),
    },
  };
}

function parse(content: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(content.toString());
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function shared(use: string, value: string | null, detail: string | null = null): TextKey | null {
  return value === null ? null : textKey(use, value, detail ?? '');
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? storable(value) : null;
}

/** PostgreSQL takes no null byte and no half a character; filters go the same way, so that the row is found all the same. */
export function storable(text: string): string {
  const isStorable = text.isWellFormed() && !text.includes('\0');
  return isStorable ? text : text.toWellFormed().replaceAll('\0', '\uFFFD');
}

function short(text: string | null): string | null {
  return text === null || text.length <= charactersMax ? text : text.slice(0, charactersMax).toWellFormed();
}

function countOf(value: unknown): number | null {
  return typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER ? value : null;
}

function pseudonym(value: unknown): string | null {
  return typeof value === 'string' ? `\\x${packPseudonym(value.slice(0, charactersMax)).toString('hex')}` : null;
}
