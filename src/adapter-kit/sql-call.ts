/** Runs one statement from queue to answer: the caller is free the moment it gives up, the connection only when the server is. */

import type { SqlConnection, SqlDriver, SqlRow, SqlStatement, SqlValue } from './sql-driver.ts';
import { abortOf, failureOf, leavesConnectionUsable } from './sql-failures.ts';
import type { Slots } from './sql-slots.ts';

export interface CallDeps {
  readonly driver: SqlDriver;
  readonly slots: Slots;
  /** Names the server in failures. */
  readonly server: string;
  /** How long a cancelled statement may take to end before its connection is cut, milliseconds. */
  readonly cancelTimeoutMs: number;
}

/** Throws SourceError. An abort rejects at once; slot and connection stay taken until the server has let go of them. */
export function createCall({ driver, slots, server, cancelTimeoutMs }: CallDeps) {
  return (statement: SqlStatement, values: readonly SqlValue[], signal: AbortSignal): Promise<SqlRow[]> => {
    const where = `${server} ${statement.name}`;
    if (signal.aborted) return Promise.reject(abortOf(where, signal));
    const work = inSlot(slots, signal, async () => {
      const connection = await driver.connect();
      return onConnection(connection, statement, values, signal, cancelTimeoutMs);
    });
    return orAborted(work, where, signal);
  };
}

async function inSlot<T>(slots: Slots, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  const giveBack = await slots.take(signal);
  try {
    return await work();
  } finally {
    giveBack();
  }
}

/** Gives the connection back, or destroys it, before it settles: no statement of a later call can be hit by the cancel. */
async function onConnection(
  connection: SqlConnection,
  statement: SqlStatement,
  values: readonly SqlValue[],
  signal: AbortSignal,
  cancelTimeoutMs: number,
): Promise<SqlRow[]> {
  if (signal.aborted) {
    connection.release();
    throw signal.reason;
  }
  const cancelled = Promise.withResolvers<void>();
  let cancelling: Promise<void> | undefined;
  const onAbort = () => {
    cancelling = connection.cancel();
    cancelling.catch(cancelled.reject);
    setTimeout(() => cancelled.reject(new Error('cancel had no effect')), cancelTimeoutMs).unref();
  };
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    const rows = await Promise.race([connection.run(statement, values), cancelled.promise.then(() => [])]);
    await cancelling;
    connection.release();
    return rows;
  } catch (error) {
    const usable = leavesConnectionUsable(error) && (await settled(cancelling));
    if (usable) connection.release();
    else connection.destroy();
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

async function settled(work: Promise<void> | undefined): Promise<boolean> {
  try {
    await work;
    return true;
  } catch {
    return false;
  }
}

function orAborted<T>(work: Promise<T>, where: string, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(abortOf(where, signal));
    signal.addEventListener('abort', onAbort, { once: true });
    const onFailure = (error: unknown) => reject(signal.aborted ? abortOf(where, signal) : failureOf(where, error));
    work.then(resolve, onFailure).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
