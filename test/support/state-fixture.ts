/** State databases for tests: each a database of its own on a server that the test file shares. */

import pg from 'pg';
import type { StateLimits } from '../../src/state/settings.ts';
import { openStateDatabase, type StateDatabase, type StateObserver } from '../../src/state/state-database.ts';
import { createStateWrites, type StateWrites } from '../../src/state/state-writes.ts';
import type { Teardown } from './servers.ts';

export const stateLimits: StateLimits = {
  poolMax: 4,
  waitingMax: 16,
  connectTimeoutMs: 2000,
  statementTimeoutMs: 5000,
  longStatementTimeoutMs: 20_000,
  idleTransactionMs: 2000,
  peerLostSeconds: 10,
  retryMs: 20,
  retryMsMax: 200,
};

let databases = 0;

/** URL of an empty database on the server. */
export async function makeDatabase(serverUrl: string): Promise<string> {
  const name = `state_${process.pid}_${databases++}`;
  await runSql(serverUrl, `CREATE DATABASE ${name}`);
  return serverUrl.replace(/[^/]*$/, name);
}

/** Rows of the last statement. */
export async function runSql(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client(url);
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

export const silentObserver: StateObserver = { up: () => undefined, down: () => undefined };

export const silentWrites = (): StateWrites => createStateWrites({ heldMs: 60_000, refused: () => undefined });

export function openState(t: Teardown, url: string, changes: Partial<StateLimits> = {}): StateDatabase {
  const limits = { ...stateLimits, ...changes };
  const state = openStateDatabase({
    locate: async () => ({ url }),
    limits,
    observer: silentObserver,
    writes: silentWrites(),
  });
  t.teardown(() => state.close());
  return state;
}
