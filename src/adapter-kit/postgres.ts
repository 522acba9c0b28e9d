/** PostgreSQL by `pg`: a pool, prepared statements by name, dates as text, and a way to stop what the server runs. */

import type { Socket } from 'node:net';
import pg from 'pg';
import { requestCancel } from './postgres-cancel.ts';
import { GuardedClient, type GuardedConfig } from './postgres-guard.ts';
import { type PeerLimits, peerOptions } from './postgres-peers.ts';
import { createPostgresRun } from './postgres-run.ts';
import { type SqlConnection, type SqlDriver, toSql } from './sql-driver.ts';
import { type Connections, createSqlPool, type GiveBack, idleTimeoutMsUsual } from './sql-pool.ts';
import {
  answerLimitsOf,
  idleTransactionMsDefault,
  peerLostSecondsDefault,
  type SqlSourceSettings,
  statementTimeoutMsDefault,
} from './sql-settings.ts';
import { createTimeLimit, type TimeLimit } from './sql-time-limit.ts';
import { tlsOptionsOf } from './sql-tls.ts';

export function openPostgres(settings: SqlSourceSettings): SqlDriver {
  const pool = createSqlPool(postgresConnections(optionsOf(settings)), idleTimeoutMsUsual, (client, giveBack) =>
    connectionOf(client, settings, giveBack),
  );
  return {
    dialect: 'postgres',
    connect: pool.take,
    close: async () => pool.close(),
  };
}

function optionsOf(settings: SqlSourceSettings): GuardedConfig {
  const { idleTransactionMs = idleTransactionMsDefault, peerLostSeconds = peerLostSecondsDefault } = settings;
  const options = sessionOptions({ idleTransactionMs, peerLostSeconds });
  return { ...postgresOptions(settings), options, answer: answerLimitsOf(settings) };
}

export function postgresConnections(options: GuardedConfig): Connections<GuardedClient> {
  return {
    async open(gone) {
      const client = new GuardedClient(options);
      // Whoever uses it gets the error as well; the server may keep the connection open all the same.
      client.on('error', () => {
        gone();
        cutOff(client);
      });
      client.on('end', gone);
      try {
        await client.connect();
      } catch (error) {
        end(client);
        throw error;
      }
      return client;
    },
    cutOff,
    end,
  };
}

function cutOff(client: pg.Client): void {
  (client as unknown as { readonly connection: { readonly stream: Socket } }).connection.stream.destroy();
}

function end(client: pg.Client): void {
  client.end().catch(() => undefined);
}

const textOptions = '-c TimeZone=UTC -c DateStyle=ISO,YMD';

/** For a session whose transactions others may wait for. */
export function sessionOptions(limits: PeerLimits): string {
  return `${textOptions} ${peerOptions(limits)}`;
}

/** Options of one connection; `options` are the session's settings (libpq's name for them). */
export function postgresOptions(settings: Omit<SqlSourceSettings, 'poolMax'>): pg.ClientConfig {
  const tls = tlsOptionsOf(settings);
  return {
    connectionString: settings.url,
    connectionTimeoutMillis: settings.connectTimeoutMs,
    statement_timeout: settings.statementTimeoutMs ?? statementTimeoutMsDefault,
    application_name: 'lienthong',
    options: textOptions,
    keepAlive: true,
    types: { getTypeParser: parserFor },
    ...(tls !== undefined && { ssl: tls }),
  };
}

/** Queued before the statement that it is for; a failure shows in that statement. */
function timeLimitOf(client: pg.Client, { statementTimeoutMs }: SqlSourceSettings): TimeLimit {
  return createTimeLimit(statementTimeoutMs ?? statementTimeoutMsDefault, (limitMs, failed) => {
    client.query(`SET statement_timeout = ${limitMs}`).catch(failed);
  });
}

function connectionOf(client: GuardedClient, settings: SqlSourceSettings, giveBack: GiveBack): SqlConnection {
  const run = createPostgresRun(client, (typeId) => parserFor(typeId, 'text'));
  return {
    limitTo: timeLimitOf(client, settings).set,
    run: (statement, values) => run(statement, values.map(toSql)),
    begin: () => simply(client, 'BEGIN ISOLATION LEVEL READ COMMITTED'),
    commit: () => simply(client, 'COMMIT'),
    rollback: () => simply(client, 'ROLLBACK'),
    cancel: () => requestCancel(client, settings),
    ...giveBack,
  };
}

async function simply(client: pg.Client, text: string): Promise<void> {
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
