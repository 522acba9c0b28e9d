/** Answers what auditors and citizens ask, out of the index in the state database. */

import type { AuditIndex, AuditRow } from '../exchange/audit.ts';
import { Problem } from '../problems.ts';
import type { StateQueries } from '../state/session.ts';
import { isCursor, type Place, parseCursor, printCursor } from './cursor.ts';
import { type FilterValues, filterValues } from './filter-values.ts';
import type { IndexTail } from './index-tail.ts';
import { logStates } from './log-states.ts';
import { findById, wayInto } from './search-sql.ts';
import { createRowReader, placeOf, type StoredRow } from './stored-row.ts';
import { createSummaries } from './summaries.ts';

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

  return {
    isCursor,
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
      const [row] = await reader.read(await queries.query<StoredRow>(findById, { id: exchangeId }));
      return row;
    },
    ...createSummaries(queries, settings.summaryRowsMax),
    state: async () => (await logStates(queries)).map(({ log, indexed }) => ({ log, indexed })),
    waitUntil: (index, timeoutMs) => tail.waitUntil(index, timeoutMs),
  };
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
