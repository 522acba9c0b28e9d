/** Answers what auditors and citizens ask, out of the index in the state database. */

import type { AuditIndex, AuditRow, DayCount, IndexState, SubjectAccess } from '../exchange/audit.ts';
import { Problem } from '../problems.ts';
import type { StateQueries } from '../state/session.ts';
import { readStatement } from '../state/statements.ts';
import { type Place, parseCursor, printCursor } from './cursor.ts';
import { type FilterValues, filterValues } from './filter-values.ts';
import type { IndexTail } from './index-tail.ts';
import { accesses, findById, wayInto } from './search-sql.ts';
import { createRowReader, placeOf, type StoredRow } from './stored-row.ts';

export interface AuditIndexSettings {
  /** Rows that a stream holds in memory. */
  readonly streamRows: number;
  /** Rows of statistics, and of a summary of who asked about a person. */
  readonly summaryRowsMax: number;
}

export interface AuditIndexSetup {
  readonly database: StateQueries;
  /** Follows the gateway's own log. */
  readonly tail: Pick<IndexTail, 'waitUntil'>;
  readonly settings: AuditIndexSettings;
}

const folder = new URL('sql/', import.meta.url);
const statistics = readStatement(folder, 'statistics');
const logs = readStatement(folder, 'logs');
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const retryAfterSeconds = 5;

export function createAuditIndex({ database, tail, settings }: AuditIndexSetup): AuditIndex {
  const queries = answering(database);
  const reader = createRowReader(queries);

  async function page(
    values: FilterValues | undefined,
    limit: number,
    after: Place | undefined,
  ): Promise<readonly StoredRow[]> {
    if (values === undefined) return [];
    const way = wayInto(values);
    const behind = after && {
      afterTime: new Date(after.timeMs).toISOString(),
      afterLog: after.log,
      afterIndex: after.index,
    };
    return queries.query<StoredRow>(way.statement, { ...way.values, ...behind, limit });
  }

  async function summary<Row>(rows: Promise<readonly Row[]>): Promise<readonly Row[]> {
    const found = await rows;
    if (found.length <= settings.summaryRowsMax) return found;
    const detail = `The result has more than ${settings.summaryRowsMax} rows: narrow the time or add a condition.`;
    throw new Problem('result-too-large', detail);
  }

  return {
    async search(filter, { limit, after }) {
      const place = after === undefined ? undefined : parseCursor(after);
      // One more than is shown tells whether there is a next page.
      const stored = await page(await filterValues(queries, filter), limit + 1, place);
      const shown = stored.slice(0, limit);
      const last = stored.length > limit ? shown.at(-1) : undefined;
      return { rows: await reader.read(shown), next: last && printCursor(placeOf(last)) };
    },
    async *stream(filter, signal): AsyncGenerator<AuditRow> {
      const values = await filterValues(queries, filter);
      let place: Place | undefined;
      for (;;) {
        signal.throwIfAborted();
        const stored = await page(values, settings.streamRows, place);
        for (const row of await reader.read(stored)) {
          signal.throwIfAborted();
          yield row;
        }
        const last = stored.at(-1);
        if (last === undefined || stored.length < settings.streamRows) return;
        place = placeOf(last);
      }
    },
    async find(exchangeId) {
      if (!uuid.test(exchangeId)) return undefined;
      const [row] = await reader.read(await queries.query<StoredRow>(findById, { id: exchangeId, limit: 1 }));
      return row;
    },
    async statistics(filter) {
      const values = await filterValues(queries, filter);
      if (values === undefined) return [];
      const limit = settings.summaryRowsMax + 1;
      const rows = await summary(queries.query<StoredCount>(statistics, { ...values, limit }));
      return rows.map((row) => ({
        ...row,
        consumer: row.consumer ?? undefined,
        service: row.service ?? undefined,
      }));
    },
    async accessesOf(filter) {
      const values = await filterValues(queries, filter);
      if (values?.subjects === undefined) return [];
      const limit = settings.summaryRowsMax + 1;
      const rows = await summary(queries.query<StoredAccess>(accesses, { ...values, limit }));
      return rows.map(accessOf);
    },
    state: () => queries.query<IndexState & { id: number }>(logs).then((rows) => rows.map(stateOf)),
    waitUntil: (index, timeoutMs) => tail.waitUntil(index, timeoutMs),
  };
}

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

function accessOf({
  consumer,
  service,
  purpose,
  entries,
  first_ms: firstMs,
  last_ms: lastMs,
}: StoredAccess): SubjectAccess {
  return {
    consumer: consumer ?? undefined,
    service: service ?? undefined,
    purpose: purpose ?? undefined,
    entries,
    firstTime: new Date(firstMs).toISOString(),
    lastTime: new Date(lastMs).toISOString(),
  };
}

function stateOf({ log, indexed }: IndexState): IndexState {
  return { log, indexed };
}

/** Whatever keeps the database from answering is one problem to those who ask; the cause is for the operator. */
function answering(database: StateQueries): StateQueries {
  return {
    query: (statement, values) =>
      database.query<never>(statement, values).catch((cause: unknown) => {
        const detail = 'The index of the log does not answer now; the log itself goes on.';
        throw new Problem('index-unavailable', detail, { cause, retryAfterSeconds });
      }),
  };
}
