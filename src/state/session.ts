/** One connection to the state database, and what its failures are called. */

import pg from 'pg';
import { postgresOptions, sessionOptions } from '../adapter-kit/postgres.ts';
import { GuardedClient } from '../adapter-kit/postgres-guard.ts';
import { SourceError } from '../adapter-kit/source-error.ts';
import { failureOf } from '../adapter-kit/sql-failures.ts';
import type { StateAddress, StateLimits } from './settings.ts';
import type { Statement } from './statements.ts';

export type StateValue =
  | string
  | number
  | boolean
  | Uint8Array
  | null
  | readonly (string | number | Uint8Array | null)[];

/** By the names of the statement's parameters; an absent one is NULL. */
export type StateValues = Readonly<Record<string, StateValue | undefined>>;

/** Throws SourceError: `unavailable`, `timeout` or `failed`. BIGINT comes as number, times and dates as text in UTC. */
export interface StateQueries {
  query<Row>(statement: Statement, values?: StateValues): Promise<readonly Row[]>;
}

/** For statements that somebody else wrote, such as a job queue's. */
export interface StateExecutor {
  /** Several statements in one text where there are no values. Throws SourceError; a violated unique key as pg tells it. */
  execute(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>;
}

/**
 * `soon`: within a second, and before anything that is committed later; a crash of the server until then undoes it. For
 * what can be found again.
 */
export type Durability = 'at-once' | 'soon';

export interface TransactionSettings {
  /** At once if absent. */
  readonly durability?: Durability;
  /** For which a statement waits for what another transaction holds; then RowLocked. For the whole of its time if absent. */
  readonly lockTimeoutMs?: number;
}

export interface StateTransaction extends StateQueries, StateExecutor {}

/** Another transaction holds what a statement needs, and went on holding it for as long as this one was to wait. */
export class RowLocked extends SourceError {}

export interface StateSession extends StateQueries {
  /** All or nothing, and more time for each statement if given. */
  transaction<T>(work: () => Promise<T>, statementTimeoutMs?: number): Promise<T>;
  /** Ends the connection, whatever is under way on it. */
  close(): Promise<void>;
}

/** For an answer that the server gave in time but the network did not bring. */
const networkAllowanceMs = 2_000;

/** Options of each connection. Statements that do not ask for it stay unprepared: each is planned for its values, not for some others'. */
export function clientOptions({ url, tls }: StateAddress, limits: StateLimits): pg.ClientConfig {
  const { connectTimeoutMs, statementTimeoutMs } = limits;
  return {
    ...postgresOptions({ url, connectTimeoutMs, statementTimeoutMs, ...(tls === undefined ? {} : { tls }) }),
    query_timeout: statementTimeoutMs + networkAllowanceMs,
    // Compiling a plan takes longer than any plan that is wanted here runs.
    options: `${sessionOptions(limits)} -c jit=off${limits.durable ? ' -c synchronous_commit=on' : ''}`,
  };
}

/** Throws SourceError. */
export async function openSession(address: StateAddress, limits: StateLimits): Promise<StateSession> {
  const client = new GuardedClient(clientOptions(address, limits));
  // A connection that dies rejects what is under way; the event says the same once more.
  client.on('error', () => undefined);
  await client.connect().catch((error: unknown) => {
    throw failureOf(serverOf(address), error);
  });
  return sessionOn(client, address);
}

function sessionOn(client: pg.Client, address: StateAddress): StateSession {
  const server = serverOf(address);
  const run = <Row>(config: pg.QueryConfig & { query_timeout?: number }, name: string) =>
    client.query<pg.QueryResultRow>(config).then(
      ({ rows }) => rows as Row[],
      (error: unknown) => {
        throw failureOf(`${server} ${name}`, error);
      },
    );
  let timeoutMs: number | undefined;

  return {
    query: (statement, values) => run({ ...queryOf(statement, values), ...withTimeout(timeoutMs) }, statement.name),
    async transaction(work, statementTimeoutMs) {
      await run({ text: 'BEGIN' }, 'begin');
      timeoutMs = statementTimeoutMs;
      try {
        if (timeoutMs !== undefined) {
          await run(
            { text: "SELECT set_config('statement_timeout', $1, true)", values: [String(timeoutMs)] },
            'timeout',
          );
        }
        const result = await work();
        await run({ text: 'COMMIT' }, 'commit');
        return result;
      } catch (error) {
        if (!isAway(error)) await rolledBack(client);
        throw error;
      } finally {
        timeoutMs = undefined;
      }
    },
    close: () => client.end().catch(() => undefined),
  };
}

/** Types as pg gives them by itself: whoever wrote the statement knows no others. */
export async function executeOn(client: pg.Pool | pg.PoolClient, server: string, text: string, values?: unknown[]) {
  try {
    return await client.query({ text, types: pg.types, ...(values === undefined ? {} : { values }) });
  } catch (error) {
    if ((error as { code?: unknown }).code === uniqueViolation) throw error;
    throw failureOf(server, error);
  }
}

/** PostgreSQL's documentation, appendix A. */
const uniqueViolation = '23505';

const lockNotAvailable = '55P03';

function faultOf(where: string, error: unknown): SourceError {
  const fault = failureOf(where, error);
  return (error as { code?: unknown }).code === lockNotAvailable ? new RowLocked(fault.kind, fault.message) : fault;
}

function beginning({ durability, lockTimeoutMs }: TransactionSettings): string {
  const soon = durability === 'soon' ? ['SET LOCAL synchronous_commit = off'] : [];
  const impatient = lockTimeoutMs === undefined ? [] : [`SET LOCAL lock_timeout = ${lockTimeoutMs}`];
  return ['BEGIN', ...soon, ...impatient].join('; ');
}

/** All or nothing, on a connection of the pool. */
export async function transactionOn<T>(
  pool: pg.Pool,
  server: string,
  work: (transaction: StateTransaction) => Promise<T>,
  settings: TransactionSettings = {},
): Promise<T> {
  const client = await pool.connect().catch((error: unknown) => {
    throw failureOf(server, error);
  });
  const transaction: StateTransaction = {
    query: (statement, values) =>
      client.query<pg.QueryResultRow>(queryOf(statement, values)).then(
        ({ rows }) => rows as never[],
        (error: unknown) => {
          throw faultOf(`${server} ${statement.name}`, error);
        },
      ),
    execute: (text, values) => executeOn(client, server, text, values),
  };
  try {
    await transaction.execute(beginning(settings));
    const result = await work(transaction);
    await transaction.execute('COMMIT');
    client.release();
    return result;
  } catch (error) {
    // On a connection that does not answer, nobody waits for one more answer: the server rolls back when it is gone.
    const isClean = !isAway(error) && (await rolledBack(client));
    client.release(!isClean);
    throw error;
  }
}

/** No answer came, or none that could: the connection is of no more use. */
export function isAway(error: unknown): boolean {
  return error instanceof SourceError && error.kind === 'unavailable';
}

function rolledBack(client: pg.ClientBase): Promise<boolean> {
  return client.query('ROLLBACK').then(
    () => true,
    () => false,
  );
}

function withTimeout(timeoutMs: number | undefined) {
  return timeoutMs === undefined ? {} : { query_timeout: timeoutMs + networkAllowanceMs };
}

/** What pg takes: values in the order of the placeholders. */
export function queryOf({ name, text, parameters, isPrepared }: Statement, values: StateValues = {}): pg.QueryConfig {
  const query = { text, values: parameters.map((parameter) => values[parameter] ?? null) };
  return isPrepared ? { ...query, name: `lienthong ${name}` } : query;
}

/** For messages: no user, no password. */
export function serverOf({ url }: StateAddress): string {
  return URL.canParse(url) ? new URL(url).host : 'the state database';
}
