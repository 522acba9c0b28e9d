/** MariaDB by `mysql2`: a pool, prepared statements, dates as text, and a way to stop what the server runs. */

import { connect, isIP } from 'node:net';
import type { Connection, ConnectionOptions, RowDataPacket } from 'mysql2';
import { type GuardedConnection, openGuarded } from './mariadb-guard.ts';
import { SourceError } from './source-error.ts';
import { type SqlConnection, type SqlDriver, toSql } from './sql-driver.ts';
import { type Connections, createSqlPool, type GiveBack, idleTimeoutMsUsual } from './sql-pool.ts';
import {
  answerLimitsOf,
  idleTransactionMsDefault,
  type SqlSourceSettings,
  statementTimeoutMsDefault,
  unbounded,
} from './sql-settings.ts';
import { createTimeLimit, type TimeLimit } from './sql-time-limit.ts';
import { tlsOptionsOf } from './sql-tls.ts';

const preparedMax = 256;
const mariaDbPort = 3306;

export function openMariaDb(settings: SqlSourceSettings): SqlDriver {
  const pool = createSqlPool(mariaDbConnections(settings), idleTimeoutMsUsual, (client, giveBack) =>
    connectionOf(client, settings, giveBack),
  );
  return {
    dialect: 'mariadb',
    connect: pool.take,
    close: async () => pool.close(),
  };
}

function mariaDbConnections(settings: SqlSourceSettings): Connections<GuardedConnection> {
  const options = { ...mariaDbOptions(settings), maxPreparedStatements: preparedMax };
  return {
    async open(gone) {
      const client = openGuarded(options, answerLimitsOf(settings), gone);
      try {
        await client.ready();
      } catch (error) {
        client.cutOff();
        throw error;
      }
      prepareSession(client.connection, settings);
      limitIdleTransactions(client.connection, settings);
      return client;
    },
    cutOff: (client) => client.cutOff(),
    end(client) {
      client.connection.end(() => undefined);
      // A hung server never closes its side.
      setTimeout(client.cutOff, settings.connectTimeoutMs).unref();
    },
  };
}

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

/** Whole seconds (MariaDB 10.3); other servers go without. What a gateway that is gone has locked, all others wait for. */
function limitIdleTransactions(connection: Connection, { idleTransactionMs }: SqlSourceSettings): void {
  const seconds = Math.ceil((idleTransactionMs ?? idleTransactionMsDefault) / 1000);
  connection.query(`SET SESSION idle_transaction_timeout = ${seconds}`, () => {});
}

/** Queued before the statement that it is for; servers without a time limit go without. */
function timeLimitOf(connection: Connection, { statementTimeoutMs }: SqlSourceSettings): TimeLimit {
  return createTimeLimit(statementTimeoutMs ?? statementTimeoutMsDefault, (limitMs, failed) => {
    connection.query(`SET SESSION max_statement_time = ${limitMs / 1000}`, (error) => {
      if (error !== null) failed();
    });
  });
}

function connectionOf(client: GuardedConnection, settings: SqlSourceSettings, giveBack: GiveBack): SqlConnection {
  const { connection, ask } = client;
  const simply = (text: string) => ask<void>((done) => connection.query(text, (error) => done(error)));
  return {
    limitTo: timeLimitOf(connection, settings).set,
    async run({ text }, values) {
      const rows = await ask<RowDataPacket[]>((done) => connection.execute(text, values.map(toSql), done));
      // What writes gives a header in place of rows.
      return Array.isArray(rows) ? rows : [];
    },
    begin: async () => {
      await simply('SET TRANSACTION ISOLATION LEVEL READ COMMITTED');
      await simply('START TRANSACTION');
    },
    commit: () => simply('COMMIT'),
    rollback: () => simply('ROLLBACK'),
    cancel: () => killQuery(connection.threadId, settings),
    ...giveBack,
  };
}

/** Over a connection of its own: the one that runs the statement is busy with it. */
async function killQuery(threadId: number, settings: SqlSourceSettings): Promise<void> {
  const control = openGuarded(mariaDbOptions(settings), unbounded);
  try {
    await control.ask<unknown>((done) => control.connection.query('KILL QUERY ?', [threadId], done));
  } catch (error) {
    // No such thread any more, which is as good.
    if ((error as { readonly errno?: unknown }).errno !== noSuchThread) throw error;
  } finally {
    control.cutOff();
  }
}

/** ER_NO_SUCH_THREAD. */
const noSuchThread = 1094;
