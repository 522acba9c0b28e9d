/** The state database when it answers: its schema made ready, a bounded pool for questions, a connection apart for whoever writes. */

import pg from 'pg';
import { GuardedClient } from '../adapter-kit/postgres-guard.ts';
import { SourceError } from '../adapter-kit/source-error.ts';
import { failureOf } from '../adapter-kit/sql-failures.ts';
import { watchIdle } from './idle-connections.ts';
import { migrate } from './migrate.ts';
import {
  clientOptions,
  executeOn,
  isAway,
  openSession,
  queryOf,
  type StateExecutor,
  type StateQueries,
  type StateSession,
  type StateTransaction,
  serverOf,
  type TransactionSettings,
  transactionOn,
} from './session.ts';
import type { StateAddress, StateLimits } from './settings.ts';

export interface OpenState extends StateQueries, StateExecutor {
  /** All or nothing, on a connection of the pool. Throws SourceError. */
  transaction<T>(work: (transaction: StateTransaction) => Promise<T>, settings?: TransactionSettings): Promise<T>;
  /** A connection beside the pool, the caller's to close. Throws SourceError. */
  connect(): Promise<StateSession>;
  /** Closes the pool; what is under way on it is given up. */
  close(): Promise<void>;
}

const migrations = new URL('migrations/', import.meta.url);
/** Longer than the pauses between an auditor's questions. */
const idleTimeoutMs = 60_000;

/** Throws SourceError. */
export async function openState(address: StateAddress, limits: StateLimits): Promise<OpenState> {
  const session = await openSession(address, limits);
  try {
    await migrate(session, migrations, limits.longStatementTimeoutMs);
  } finally {
    await session.close();
  }
  const server = serverOf(address);
  const options = clientOptions(address, limits);
  const pool = new pg.Pool({
    ...options,
    Client: GuardedClient,
    max: limits.poolMax,
    idleTimeoutMillis: idleTimeoutMs,
  });
  // A connection that dies tells the pool or its own listeners; the pool drops it, and whoever used it got the error.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  const idle = watchIdle(pool);
  /** Whatever fails because the server is away takes the idle connections along that nobody has used since it began. */
  const onPool = async <T>(work: () => Promise<T>): Promise<T> => {
    const begunMs = performance.now();
    try {
      return await work();
    } catch (error) {
      if (isAway(error)) idle.cutOff(begunMs);
      throw error;
    }
  };
  const demandRoom = () => {
    if (pool.waitingCount < limits.waitingMax) return;
    throw new SourceError('unavailable', `${server}: ${limits.waitingMax} questions wait already`);
  };
  return {
    async query<Row>(...[statement, values]: Parameters<StateQueries['query']>) {
      demandRoom();
      return onPool(async () => {
        try {
          return (await pool.query<pg.QueryResultRow>(queryOf(statement, values))).rows as Row[];
        } catch (error) {
          throw failureOf(`${server} ${statement.name}`, error);
        }
      });
    },
    async execute(text, values) {
      demandRoom();
      return onPool(() => executeOn(pool, server, text, values));
    },
    async transaction(work, settings) {
      demandRoom();
      return onPool(() => transactionOn(pool, server, work, settings));
    },
    connect: () => openSession(address, limits),
    close: () => pool.end(),
  };
}
