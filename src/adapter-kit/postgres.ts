/** PostgreSQL by `pg`: a pool, prepared statements by name, dates as text, and a way to stop what the server runs. */

import pg from 'pg';
import { requestCancel } from './postgres-cancel.ts';
import { type SqlConnection, type SqlDriver, type SqlRow, toSql } from './sql-driver.ts';
import { type SqlSourceSettings, statementTimeoutMsDefault } from './sql-settings.ts';
import { createTimeLimit, type TimeLimit } from './sql-time-limit.ts';
import { tlsOptionsOf } from './sql-tls.ts';

/** Longer than the pauses of office hours, so that connections are not made anew all the time. */
const idleTimeoutMs = 60_000;

export function openPostgres(settings: SqlSourceSettings): SqlDriver {
  const pool = new pg.Pool({ ...postgresOptions(settings), max: settings.poolMax, idleTimeoutMillis: idleTimeoutMs });
  // A connection that dies tells the pool or its own listeners; the pool drops it, and whoever used it got the error.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  const limits = new WeakMap<pg.PoolClient, TimeLimit>();
  const limitOf = (client: pg.PoolClient) => {
    const known = limits.get(client) ?? timeLimitOf(client, settings);
    limits.set(client, known);
    return known;
  };
  return {
    dialect: 'postgres',
    connect: async () => {
      const client = await pool.connect();
      return connectionOf(client, settings, limitOf(client));
    },
    close: () => pool.end(),
  };
}

/** Options of one connection; `options` are the session's settings (libpq's name for them). */
export function postgresOptions(settings: Omit<SqlSourceSettings, 'poolMax'>): pg.ClientConfig {
  const tls = tlsOptionsOf(settings);
  return {
    connectionString: settings.url,
    connectionTimeoutMillis: settings.connectTimeoutMs,
    statement_timeout: settings.statementTimeoutMs ?? statementTimeoutMsDefault,
    application_name: 'lienthong',
    options: '-c TimeZone=UTC -c DateStyle=ISO,YMD',
    keepAlive: true,
    types: { getTypeParser: parserFor },
    ...(tls !== undefined && { ssl: tls }),
  };
}

/** Queued before the statement that it is for; a failure shows in that statement. */
function timeLimitOf(client: pg.PoolClient, { statementTimeoutMs }: SqlSourceSettings): TimeLimit {
  return createTimeLimit(statementTimeoutMs ?? statementTimeoutMsDefault, (limitMs, failed) => {
    client.query(`SET statement_timeout = ${limitMs}`).catch(failed);
  });
}

function connectionOf(client: pg.PoolClient, settings: SqlSourceSettings, limit: TimeLimit): SqlConnection {
  return {
    limitTo: limit.set,
    async run({ name, text }, values) {
      const { rows } = await client.query<SqlRow>({ name, text, values: values.map(toSql) });
      return rows;
    },
    begin: () => simply(client, 'BEGIN ISOLATION LEVEL READ COMMITTED'),
    commit: () => simply(client, 'COMMIT'),
    rollback: () => simply(client, 'ROLLBACK'),
    cancel: () => requestCancel(client, settings),
    release: () => client.release(),
    destroy: () => client.release(true),
  };
}

async function simply(client: pg.PoolClient, text: string): Promise<void> {
  await client.query(text);
}

/** Types that pg would turn into JavaScript dates of the local zone, and exact integers: pg_type.dat's object identifiers. */
const asText = new Set([1082, 1114, 1184, 1182, 1115, 1185]);
const bigint = 20;

const parserFor: typeof pg.types.getTypeParser = (oid: number, format?: 'text' | 'binary') => {
  if (asText.has(oid)) return (text: string) => text;
  if (oid === bigint) return (text: string) => (Number.isSafeInteger(Number(text)) ? Number(text) : text);
  return pg.types.getTypeParser(oid, format as 'text');
};
