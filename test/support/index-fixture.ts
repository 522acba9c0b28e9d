/** An index of a log that is an array, followed as the gateway follows its own. */

import { createAuditIndex } from '../../src/audit/audit-index.ts';
import { followLog, type IndexTail, type TailObserver } from '../../src/audit/index-tail.ts';
import type { EntrySource } from '../../src/audit/log-writer.ts';
import type { AuditFilter, AuditIndex, AuditRow } from '../../src/exchange/audit.ts';
import type { StateDatabase } from '../../src/state/state-database.ts';
import type { Teardown } from './servers.ts';
import { openState, stateLimits } from './state-fixture.ts';

export interface ArrayLog extends EntrySource {
  readonly entries: Buffer[];
}

/** Entries in bundles of 256 as the real log gives them. */
export function arrayLog(origin: string, entries: readonly object[] = []): ArrayLog {
  const log = {
    origin,
    entries: entries.map(printed),
    size: () => log.entries.length,
    readEntries: async (from: number, count: number) =>
      log.entries.slice(from, Math.min(from + count, (Math.floor(from / 256) + 1) * 256)),
  };
  return log;
}

export const printed = (entry: object) => Buffer.from(JSON.stringify(entry));

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
  const silent = { added: nothing, unreadable: nothing, rebuilding: nothing, failed: nothing, recovered: nothing };
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
