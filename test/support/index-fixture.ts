/** An index of a log that is an array, followed as the gateway follows its own. */

import type { Test } from 'tap';
import { createAuditIndex } from '../../src/audit/audit-index.ts';
import { followLog, type IndexTail, type TailObserver } from '../../src/audit/index-tail.ts';
import type { EntrySource } from '../../src/audit/log-writer.ts';
import type { AuditFilter, AuditIndex, AuditRow } from '../../src/exchange/audit.ts';
import type { StateDatabase } from '../../src/state/state-database.ts';
import { entryFixture } from './entry-fixture.ts';
import type { Teardown } from './servers.ts';
import { openState, runSql, stateLimits } from './state-fixture.ts';

export interface ArrayLog extends EntrySource {
  readonly entries: Buffer[];
}

/** Entries in bundles of 256 as the real log gives them. */
export function arrayLog(origin: string, entries: readonly object[] = [], logId = '00'.repeat(16)): ArrayLog {
  const log = {
    origin,
    logId,
    entries: entries.map(printed),
    size: () => log.entries.length,
    readEntries: async (from: number, count: number) =>
      log.entries.slice(from, Math.min(from + count, (Math.floor(from / 256) + 1) * 256)),
  };
  return log;
}

const printed = (entry: object) => Buffer.from(JSON.stringify(entry));

export const tailSettings = { ...stateLimits, batchEntriesMax: 100, pauseMs: 10 };

export interface TestIndex {
  readonly index: AuditIndex;
  readonly tail: IndexTail;
  readonly state: StateDatabase;
  readonly log: ArrayLog;
  /** Adds entries and waits until they are indexed. */
  add(...entries: readonly object[]): Promise<void>;
}

export function startIndex(
  t: Teardown,
  url: string,
  log: ArrayLog,
  observer: Partial<TailObserver> = {},
  settings: Partial<typeof tailSettings> = {},
): TestIndex {
  const state = openState(t, url);
  const nothing = () => undefined;
  const silent = {
    added: nothing,
    unreadable: nothing,
    rebuilding: nothing,
    foreign: nothing,
    failed: nothing,
    recovered: nothing,
  };
  const tail = followLog({
    database: state,
    source: log,
    settings: { ...tailSettings, ...settings },
    observer: { ...silent, ...observer },
  });
  t.teardown(() => tail.close());
  const index = createAuditIndex({ database: state, tail, settings: { streamRows: 50, summaryRowsMax: 250 } });
  return {
    index,
    tail,
    state,
    log,
    async add(...entries) {
      log.entries.push(...entries.map(printed));
      tail.wake();
      const isIndexed = await tail.waitUntil(log.size() - 1, waitMsMax);
      if (!isIndexed) throw new Error('the entries were not indexed in time');
    },
  };
}

export const waitMsMax = 20_000;

/** Every row of the index, page by page. */
export async function allRows(index: AuditIndex, filter: AuditFilter = {}, limit = 7): Promise<AuditRow[]> {
  const rows: AuditRow[] = [];
  let after: string | undefined;
  do {
    const page = await index.search(filter, { limit, after });
    rows.push(...page.rows);
    after = page.next;
  } while (after !== undefined);
  return rows;
}

/** Ten a day, one in four refused. */
export function numberedExchange(number: number): object {
  const isRefused = number % 4 === 3;
  return entryFixture({
    id: `0199c0de-0000-7000-8000-${number.toString(16).padStart(12, '0')}`,
    time: new Date(Date.UTC(2026, 0, 1) + Math.floor(number / 10) * 86_400_000).toISOString(),
    consumer: `VN/GOV/G${10 + (number % 3)}/portal`,
    service: 'VN/GOV/G01/population/get-person',
    subject: Buffer.alloc(32, number % 5).toString('base64url'),
    subjectNumber: Math.floor(number / 5) + 1,
    problem: isRefused ? 'quota-exceeded' : undefined,
    status: isRefused ? 429 : 200,
  });
}

/** Fails unless the index holds the first so many numbered exchanges, each once, and counts them right. */
export async function demandNumbered(t: Test, url: string, count: number): Promise<void> {
  const [rows] = await runSql(
    url,
    `SELECT count(*)::int AS rows, count(DISTINCT log_index)::int AS indexes, coalesce(max(log_index), -1)::int AS last,
       (SELECT sum(entries)::int FROM audit_days) AS counted,
       (SELECT array_agg(indexed) FROM audit_logs) AS indexed,
       (SELECT count(*)::int FROM (
          SELECT (time AT TIME ZONE 'UTC')::date, consumer, service, outcome, count(*) FROM audit_entries GROUP BY 1, 2, 3, 4
          EXCEPT SELECT day, consumer, service, outcome, entries FROM audit_days) wrong) AS wrong
     FROM audit_entries`,
  );
  t.same(rows, { rows: count, indexes: count, last: count - 1, counted: count, indexed: [String(count)], wrong: 0 });
}
