/** MariaDB by `mysql2`: a pool, prepared statements, dates as text, and a way to stop what the server runs. */

import { connect, isIP, type Socket } from 'node:net';
import {
  type Connection,
  type ConnectionOptions,
  createConnection,
  createPool,
  type PoolConnection,
  type RowDataPacket,
} from 'mysql2';
import { SourceError } from './source-error.ts';
import { type SqlConnection, type SqlDriver, toSql } from './sql-driver.ts';
import { type SqlSourceSettings, statementTimeoutMsDefault } from './sql-settings.ts';
import { createTimeLimit, type TimeLimit } from './sql-time-limit.ts';
import { tlsOptionsOf } from './sql-tls.ts';

const preparedMax = 256;
const mariaDbPort = 3306;

export function openMariaDb(settings: SqlSourceSettings): SqlDriver {
  const open: OpenConnections = new Map();
  const pool = createPool({
    ...mariaDbOptions(settings),
    connectionLimit: settings.poolMax,
    maxPreparedStatements: preparedMax,
  });
  pool.on('connection', (connection) => {
    open.set(connection, undefined);
    // A connection that dies tells its own listeners; the pool drops it, and whoever used it got the error.
    connection.on('error', () => open.delete(connection));
    connection.on('end', () => open.delete(connection));
    prepareSession(connection, settings);
  });
  const limits = new WeakMap<PoolConnection, TimeLimit>();
  const limitOf = (connection: PoolConnection) => {
    const known = limits.get(connection) ?? timeLimitOf(connection, settings);
    limits.set(connection, known);
    return known;
  };
  return {
    dialect: 'mariadb',
    connect: () =>
      new Promise((resolve, reject) => {
        pool.getConnection((error, connection) =>
          error ? reject(error) : resolve(connectionOf(connection, settings, open, limitOf(connection))),
        );
      }),
    async close() {
      await Promise.race([
        new Promise<void>((resolve) => pool.end(() => resolve())),
        new Promise<void>((resolve) => setTimeout(resolve, settings.connectTimeoutMs).unref()),
      ]);
      for (const connection of open.keys()) cutOff(connection);
    },
  };
}

/** When each came back to the pool, by `performance.now()`; undefined while it is lent. */
type OpenConnections = Map<Connection, number | undefined>;

/** Options of one connection. */
export function mariaDbOptions(settings: Omit<SqlSourceSettings, 'poolMax'>): ConnectionOptions {
  return {
    uri: settings.url.replace(/^mariadb:/, 'mysql:'),
    connectTimeout: settings.connectTimeoutMs,
    charset: 'utf8mb4_unicode_ci',
    dateStrings: true,
    timezone: 'Z',
    supportBigNumbers: true,
    enableKeepAlive: true,
    ...tlsOptions(settings),
  };
}

/**
 * mysql2 checks the certificate against the host that it is told, and against no address: the name goes in as the host, and
 * the real host into the stream.
 */
function tlsOptions(settings: Omit<SqlSourceSettings, 'poolMax'>): ConnectionOptions {
  const tls = tlsOptionsOf(settings);
  if (tls === undefined) return {};
  const { hostname, port } = new URL(settings.url);
  const name = tls.servername ?? hostname;
  if (isIP(name.replace(/^\[|\]$/g, '')) !== 0) {
    throw new SourceError('unavailable', `${hostname}: TLS needs a host name, in the URL or as tls.serverName`);
  }
  return {
    ssl: { ...tls, verifyIdentity: true },
    host: name,
    stream: () =>
      connect({ host: hostname, port: port === '' ? mariaDbPort : Number(port), noDelay: true, keepAlive: true }),
  };
}

/** Queued in front of the first statement. A failure shows in that statement; servers without a time limit go without. */
export function prepareSession(
  connection: Connection,
  { statementTimeoutMs }: Pick<SqlSourceSettings, 'statementTimeoutMs'>,
): void {
  const ignore = () => {};
  connection.query("SET SESSION time_zone = '+00:00'", ignore);
  connection.query(
    `SET SESSION max_statement_time = ${(statementTimeoutMs ?? statementTimeoutMsDefault) / 1000}`,
    ignore,
  );
}

/** Queued before the statement that it is for; servers without a time limit go without. */
function timeLimitOf(connection: Connection, { statementTimeoutMs }: SqlSourceSettings): TimeLimit {
  return createTimeLimit(statementTimeoutMs ?? statementTimeoutMsDefault, (limitMs, failed) => {
    connection.query(`SET SESSION max_statement_time = ${limitMs / 1000}`, (error) => {
      if (error !== null) failed();
    });
  });
}

function connectionOf(
  connection: PoolConnection,
  settings: SqlSourceSettings,
  open: OpenConnections,
  limit: TimeLimit,
): SqlConnection {
  const takenMs = performance.now();
  open.set(connection, undefined);
  return {
    limitTo: limit.set,
    run: ({ text }, values) =>
      new Promise((resolve, reject) => {
        connection.execute<RowDataPacket[]>(text, values.map(toSql), (error, rows) =>
          // What writes gives a header in place of rows.
          error ? reject(error) : resolve(Array.isArray(rows) ? rows : []),
        );
      }),
    begin: async () => {
      await simply(connection, 'SET TRANSACTION ISOLATION LEVEL READ COMMITTED');
      await simply(connection, 'START TRANSACTION');
    },
    commit: () => simply(connection, 'COMMIT'),
    rollback: () => simply(connection, 'ROLLBACK'),
    cancel: () => killQuery(connection.threadId, settings),
    release() {
      if (open.has(connection)) open.set(connection, performance.now());
      connection.release();
    },
    destroy() {
      // Those that nobody has used since it was taken go with it: the way to the server may have died under all of them.
      const unheard = [...open].filter(([, sinceMs]) => sinceMs !== undefined && sinceMs <= takenMs);
      for (const one of [connection, ...unheard.map(([idle]) => idle)]) {
        open.delete(one);
        cutOff(one);
      }
    },
  };
}

function simply(connection: PoolConnection, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    connection.query(text, (error) => (error ? reject(error) : resolve()));
  });
}

/** Over a connection of its own: the one that runs the statement is busy with it. */
function killQuery(threadId: number, settings: SqlSourceSettings): Promise<void> {
  return new Promise((resolve, reject) => {
    const control = createConnection(mariaDbOptions(settings));
    control.on('error', reject);
    control.query('KILL QUERY ?', [threadId], (error) => {
      control.destroy();
      // 1094: no such thread any more, which is as good.
      if (error && error.errno !== 1094) reject(error);
      else resolve();
    });
  });
}

/** `destroy` alone waits for the server to close its side, which a hung server never does; the types leave `stream` out. */
function cutOff(connection: Connection): void {
  connection.destroy();
  (connection as unknown as { readonly stream: Socket }).stream.destroy();
}
