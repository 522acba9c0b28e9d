/** Counts instead of rows: exchanges by day, and who asked about a person. */

import type { AuditIndex, DayCount, SubjectAccess } from '../exchange/audit.ts';
import { Problem } from '../problems.ts';
import type { StateQueries } from '../state/session.ts';
import { readStatement } from '../state/statements.ts';
import { filterValues } from './filter-values.ts';
import { accesses } from './search-sql.ts';

const statistics = readStatement(new URL('sql/', import.meta.url), 'statistics');

interface StoredCount extends Pick<DayCount, 'day' | 'outcome' | 'entries'> {
  readonly consumer: string | null;
  readonly service: string | null;
}

interface StoredAccess {
  readonly consumer: string | null;
  readonly service: string | null;
  readonly purpose: string | null;
  readonly entries: number;
  readonly first_ms: number;
  readonly last_ms: number;
}

/** Both throw Problem('result-too-large') for more rows than `rowsMax`. */
export function createSummaries(queries: StateQueries, rowsMax: number): Pick<AuditIndex, 'statistics' | 'accessesOf'> {
  /** One row more than may be tells that there are too many. */
  const limit = rowsMax + 1;

  function demandFew<Row>(rows: readonly Row[]): readonly Row[] {
    if (rows.length <= rowsMax) return rows;
    const detail = `The result has more than ${rowsMax} rows: narrow the time or add a condition.`;
    throw new Problem('result-too-large', detail);
  }

  return {
    async statistics(filter) {
      const values = await filterValues(queries, filter);
      if (values === undefined) return [];
      return demandFew(await queries.query<StoredCount>(statistics, { ...values, limit })).map(countOf);
    },
    async accessesOf(filter) {
      const values = await filterValues(queries, filter);
      if (values?.subjects === undefined) return [];
      return demandFew(await queries.query<StoredAccess>(accesses, { ...values, limit })).map(accessOf);
    },
  };
}

function countOf({ consumer, service, ...count }: StoredCount): DayCount {
  return { ...count, consumer: consumer ?? undefined, service: service ?? undefined };
}

function accessOf(row: StoredAccess): SubjectAccess {
  return {
    consumer: row.consumer ?? undefined,
    service: row.service ?? undefined,
    purpose: row.purpose ?? undefined,
    entries: row.entries,
    firstTime: new Date(row.first_ms).toISOString(),
    lastTime: new Date(row.last_ms).toISOString(),
  };
}
