/** Reads rows of the index back: numbers into texts, bytes into pseudonyms. */

import { registryRefusal } from '../exchange/access.ts';
import type { AuditRow } from '../exchange/audit.ts';
import type { StateQueries } from '../state/session.ts';
import { readStatement } from '../state/statements.ts';
import type { Place } from './cursor.ts';
import { logStates } from './log-states.ts';
import { unpackPseudonym } from './pseudonym-bytes.ts';

/** As `search-sql.ts` gives it. */
export interface StoredRow {
  readonly time_ms: number;
  readonly log: number;
  readonly log_index: number;
  readonly consumer: number | null;
  readonly service: number | null;
  readonly purpose: number | null;
  readonly agreement: number | null;
  readonly outcome: number;
  readonly fields: number | null;
  readonly source: number | null;
  readonly claimed_consumer: number | null;
  readonly look: number | null;
  readonly role: number | null;
  readonly action: number | null;
  readonly status: number;
  readonly subject_number: number | null;
  readonly duration_ms: number;
  readonly id: string;
  readonly kind: AuditRow['kind'];
  readonly official: Buffer | null;
  readonly subject: Buffer | null;
  readonly issue: string | null;
}

export interface RowReader {
  read(rows: readonly StoredRow[]): Promise<AuditRow[]>;
}

interface Text {
  readonly value: string;
  readonly detail: string;
}

const folder = new URL('sql/', import.meta.url);
const textsOf = readStatement(folder, 'texts');

/** Beyond it the memory begins anew. */
const rememberedMax = 20_000;

export function placeOf({ time_ms: timeMs, log, log_index: index }: StoredRow): Place {
  return { timeMs, log, index };
}

/** Texts and logs never change once they have a number. */
export function createRowReader(queries: StateQueries): RowReader {
  const texts = new Map<number, Text>();
  const origins = new Map<number, string>();

  async function learnTexts(rows: readonly StoredRow[]): Promise<void> {
    if (texts.size > rememberedMax) texts.clear();
    const unknown = new Set<number>();
    for (const row of rows) for (const id of numbersIn(row)) if (id !== null && !texts.has(id)) unknown.add(id);
    if (unknown.size === 0) return;
    for (const { id, ...text } of await queries.query<Text & { id: number }>(textsOf, { ids: [...unknown] })) {
      texts.set(id, text);
    }
  }

  async function learnLogs(rows: readonly StoredRow[]): Promise<void> {
    if (rows.every(({ log }) => origins.has(log))) return;
    for (const { id, log } of await logStates(queries)) origins.set(id, log);
  }

  function rowOf(row: StoredRow): AuditRow {
    const text = (id: number | null) => (id === null ? undefined : texts.get(id)?.value);
    const detail = (id: number | null) => (id === null ? undefined : texts.get(id)?.detail || undefined);
    const outcome = text(row.outcome);
    const fields = text(row.fields);
    return withoutUndefined({
      log: origins.get(row.log) ?? '',
      index: row.log_index,
      id: row.id,
      time: new Date(row.time_ms).toISOString(),
      kind: row.kind,
      consumer: text(row.consumer),
      claimedConsumer: text(row.claimed_consumer),
      service: text(row.service),
      version: detail(row.service),
      purpose: text(row.purpose),
      agreement: text(row.agreement),
      legalBasis: detail(row.agreement),
      official: row.official === null ? undefined : unpackPseudonym(row.official),
      issue: row.issue ?? undefined,
      subject: row.subject === null ? undefined : unpackPseudonym(row.subject),
      subjectNumber: row.subject_number ?? undefined,
      fields: fields === undefined ? undefined : (JSON.parse(fields) as string[]),
      status: row.status,
      problem: outcome === 'ok' || outcome === registryRefusal ? undefined : outcome,
      source: text(row.source),
      durationMs: row.duration_ms,
      look: text(row.look),
      role: text(row.role),
      action: text(row.action),
    }) as AuditRow;
  }

  return {
    async read(rows) {
      await learnTexts(rows);
      await learnLogs(rows);
      return rows.map(rowOf);
    },
  };
}

function numbersIn(row: StoredRow): (number | null)[] {
  const { consumer, service, purpose, agreement, outcome, fields, source, claimed_consumer, look, role, action } = row;
  return [consumer, service, purpose, agreement, outcome, fields, source, claimed_consumer, look, role, action];
}

function withoutUndefined(values: object): object {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
