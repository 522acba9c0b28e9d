/** Stands up an adapter's sample tables, once, on either engine. */

import { mariaDbOptions, prepareSession } from './mariadb.ts';
import { openGuarded } from './mariadb-guard.ts';
import { postgresOptions } from './postgres.ts';
import { GuardedClient } from './postgres-guard.ts';
import { SourceError } from './source-error.ts';
import { type SqlValue, toSql } from './sql-driver.ts';
import { failureOf } from './sql-failures.ts';
import { type SqlSourceSettings, unbounded } from './sql-settings.ts';
import { addressOf } from './sql-source.ts';

export interface SqlSeeder {
  /** Runs a script of any number of statements. It must begin by dropping what it creates, if that exists. */
  executeScript(sql: string): Promise<void>;
  /** Inserts in batches. Names are lower case letters, digits and `_`. */
  insertRows(table: string, columns: readonly string[], rows: Iterable<readonly SqlValue[]>): Promise<void>;
}

export interface SqlSeed {
  /** Changes with the tables or their rows: a database that bears this version is left as it is. */
  readonly version: string;
  fill(seeder: SqlSeeder): Promise<void>;
}

/** Time for one statement of a seed, milliseconds. */
const seedStatementTimeoutMs = 120_000;

/**
 * Fills the database unless it bears the version already; resolves with whether it had to. On PostgreSQL all is one
 * transaction. On MariaDB, where DDL commits by itself, the version is written last, so that a seed that was cut short is
 * done again from the start. Two processes that seed at once do it one after the other. Throws SourceError.
 */
export async function seedDatabase(
  settings: Pick<SqlSourceSettings, 'url' | 'connectTimeoutMs' | 'tls'>,
  { version, fill }: SqlSeed,
): Promise<boolean> {
  const { url, dialect } = addressOf(settings.url);
  try {
    const session = await (dialect === 'postgres' ? openPostgresSession(settings) : openMariaDbSession(settings));
    try {
      return await session.exclusively(async () => {
        await session.run(`CREATE TABLE IF NOT EXISTS ${marker} (version VARCHAR(100) NOT NULL)`);
        const [row] = await session.run(`SELECT version FROM ${marker}`);
        if (row?.version === version) return false;
        await fill(seederOn(session));
        await session.run(`DELETE FROM ${marker}`);
        await session.insert(marker, ['version'], [[version]]);
        return true;
      });
    } finally {
      await session.end();
    }
  } catch (error) {
    throw failureOf(`${url.host}${url.pathname} seed`, error);
  }
}

const marker = 'sample_data_version';
const rowsInBatch = 500;
const lockName = 'lienthong-seed';

interface SeedSession {
  run(sql: string): Promise<readonly Record<string, unknown>[]>;
  insert(table: string, columns: readonly string[], rows: readonly (readonly SqlValue[])[]): Promise<void>;
  exclusively<T>(work: () => Promise<T>): Promise<T>;
  end(): Promise<void>;
}

function seederOn(session: SeedSession): SqlSeeder {
  return {
    async executeScript(sql) {
      await session.run(sql);
    },
    async insertRows(table, columns, rows) {
      for (const name of [table, ...columns]) {
        if (!/^[a-z][a-z0-9_]*$/.test(name)) throw new TypeError(`not a name that a seed may use: ${name}`);
      }
      for (const batch of batchesOf(rows)) await session.insert(table, columns, batch);
    },
  };
}

function* batchesOf<T>(rows: Iterable<T>): Generator<readonly T[]> {
  let batch: T[] = [];
  for (const row of rows) {
    batch.push(row);
    if (batch.length < rowsInBatch) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

type Where = Pick<SqlSourceSettings, 'url' | 'connectTimeoutMs' | 'tls'>;

async function openPostgresSession(settings: Where): Promise<SeedSession> {
  const client = new GuardedClient(postgresOptions({ ...settings, statementTimeoutMs: seedStatementTimeoutMs }));
  client.on('error', () => {});
  await client.connect();
  return {
    run: async (sql) => (await client.query<Record<string, unknown>>(sql)).rows,
    async insert(table, columns, rows) {
      // One parameter a batch: the server reads JSON faster than it parses thousands of placeholders.
      const records = rows.map((row) =>
        Object.fromEntries(columns.map((name, index) => [name, toSql(row[index] ?? null)])),
      );
      await client.query(
        `INSERT INTO ${table} (${columns}) SELECT ${columns} FROM json_populate_recordset(NULL::${table}, $1)`,
        [JSON.stringify(records)],
      );
    },
    async exclusively(work) {
      await client.query('BEGIN');
      try {
        await client.query(`SELECT pg_advisory_xact_lock(hashtext('${lockName}'))`);
        const result = await work();
        await client.query('COMMIT');
        return result;
      } catch (error) {
        await client.query('ROLLBACK').catch(() => {});
        throw error;
      }
    },
    end: () => client.end(),
  };
}

async function openMariaDbSession(settings: Where): Promise<SeedSession> {
  const { connection, ask } = openGuarded({ ...mariaDbOptions(settings), multipleStatements: true }, unbounded);
  prepareSession(connection, { statementTimeoutMs: seedStatementTimeoutMs });
  const run = async (sql: string, values: unknown[] = []) => {
    const rows = await ask<unknown>((done) => connection.query(sql, values, done));
    return (Array.isArray(rows) ? rows : []) as Record<string, unknown>[];
  };
  return {
    run,
    async insert(table, columns, rows) {
      await run(`INSERT INTO ${table} (${columns}) VALUES ?`, [rows.map((row) => row.map(toSql))]);
    },
    async exclusively(work) {
      const [lock] = await run(`SELECT GET_LOCK('${lockName}', ${seedStatementTimeoutMs / 1000}) AS taken`);
      if (lock?.taken !== 1) throw new SourceError('timeout', 'another process has been seeding for too long');
      await run('START TRANSACTION');
      const result = await work();
      await run('COMMIT');
      return result;
    },
    end: () => new Promise((resolve) => connection.end(() => resolve())),
  };
}
