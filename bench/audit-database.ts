/** The database of the audit bench: an embedded PostgreSQL as it is shipped, which can be put back to how it is after a night. */

import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { openDataFolder } from '../src/embedded/data-folder.ts';
import type { Log } from '../src/embedded/log.ts';
import { startEmbeddedPostgres } from '../src/embedded/postgres.ts';
import { type OpenState, openState } from '../src/state/open-state.ts';
import { statement } from '../src/state/statements.ts';

export interface AuditDatabase extends AsyncDisposable {
  /** Another one after each `cool`. */
  state(): OpenState;
  /** Starts the server anew, with none of its files in memory. False where they stay there, for want of dd. */
  cool(): Promise<boolean>;
  /** Table, rows, MiB, and MiB of its indexes. */
  sizes(): Promise<string[][]>;
}

const limits = {
  poolMax: 4,
  waitingMax: 64,
  connectTimeoutMs: 5000,
  statementTimeoutMs: 60_000,
  longStatementTimeoutMs: 600_000,
  idleTransactionMs: 60_000,
  peerLostSeconds: 10,
  retryMs: 500,
  retryMsMax: 30_000,
};
const database = 'audit';
const log: Log = {
  info: () => undefined,
  warn: (object, message) => console.error(message, object),
  error: (object, message) => console.error(message, object),
};
const sizesOf = statement(
  'sizes',
  `SELECT kind, sum(rows)::bigint AS rows, sum(bytes)::bigint AS bytes, sum(index_bytes)::bigint AS index_bytes FROM (
     SELECT regexp_replace(relname, '_\\d+_\\d+$', '') AS kind, greatest(reltuples, 0)::bigint AS rows,
            pg_total_relation_size(oid) AS bytes, pg_indexes_size(oid) AS index_bytes
     FROM pg_class WHERE relkind = 'r' AND relname LIKE 'audit_%') each
   GROUP BY kind ORDER BY kind`,
);

export async function openAuditDatabase(folder: string): Promise<AuditDatabase> {
  await using opening = new AsyncDisposableStack();
  const dataFolder = await openDataFolder(folder);
  opening.defer(() => dataFolder.close());

  async function start() {
    const server = await startEmbeddedPostgres({ folder: dataFolder, log });
    await server.createDatabase(database);
    const state = await openState({ url: server.url(database) }, limits);
    const end = async () => {
      await state.close();
      await server.close();
    };
    return { state, end };
  }

  let running = await start();
  opening.defer(() => running.end());
  const open = opening.move();
  return {
    state: () => running.state,
    async cool() {
      await running.end();
      const isCold = forgetFiles(path.join(dataFolder.path, 'postgres', 'base'));
      running = await start();
      return isCold;
    },
    async sizes() {
      const rows = await running.state.query<{ kind: string; rows: number; bytes: number; index_bytes: number }>(
        sizesOf,
      );
      const mib = (bytes: number) => String(Math.round(bytes / 1024 / 1024));
      return rows.map((row) => [row.kind, String(row.rows), mib(row.bytes), mib(row.index_bytes)]);
    },
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}

/** File by file, so that what other programs have in memory stays there. */
function forgetFiles(folder: string): boolean {
  try {
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const of = `of=${path.join(entry.parentPath, entry.name)}`;
      execFileSync('dd', [of, 'oflag=nocache', 'conv=notrunc,fdatasync', 'count=0'], { stdio: 'ignore' });
    }
    return true;
  } catch {
    return false;
  }
}
