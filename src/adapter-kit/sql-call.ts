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
export function createCall(deps: CallDeps) {
  return (statement: SqlStatement, values: readonly SqlValue[], signal: AbortSignal): Promise<SqlRow[]> =>
    onConnection(deps, statement.name, signal, async (connection) => {
      try {
        const rows = await cancellable(connection, signal, deps.cancelTimeoutMs, () =>
          connection.run(statement, values),
        );
        connection.release();
        return rows;
      } catch (error) {
        if (isUsable(error)) connection.release();
        else connection.destroy();
        throw failureOf(`${deps.server} ${statement.name}`, error);
      }
    });
}

/**
 * Hands a connection to the work, which must release or destroy it before it settles. Throws SourceError where there is no
 * connection, and whatever the work throws; an abort rejects at once, whatever the work still has to clear away.
 */
export function onConnection<T>(
  { driver, slots, server }: CallDeps,
  what: string,
  signal: AbortSignal,
  work: (connection: SqlConnection) => Promise<T>,
): Promise<T> {
  const where = `${server} ${what}`;
  if (signal.aborted) return Promise.reject(abortOf(where, signal));
  const running = inSlot(slots, signal, async () => {
    const connection = await connectionFrom(driver, where);
    if (!signal.aborted) return work(connection);
    connection.release();
    throw signal.reason;
  });
  return orAborted(running, where, signal);
}

/**
 * Runs what the connection is given and has the server give it up when the signal is aborted. Settles only when no cancel
 * is under way any more, so that it can hit nothing that follows. `isUsable` tells of what it throws.
 */
export async function cancellable<T>(
  connection: SqlConnection,
  signal: AbortSignal,
  cancelTimeoutMs: number,
  run: () => Promise<T>,
): Promise<T> {
  const cancelled = Promise.withResolvers<never>();
  cancelled.promise.catch(() => {});
  let cancelling: Promise<void> | undefined;
  const onAbort = () => {
    cancelling = connection.cancel();
    cancelling.catch(cancelled.reject);
    setTimeout(() => cancelled.reject(new Error('cancel had no effect')), cancelTimeoutMs).unref();
  };
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    const result = await Promise.race([run(), cancelled.promise]);
    await cancelling;
    return result;
  } catch (error) {
    if (!(await settled(cancelling))) throw new ConnectionLost(error);
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** Whether the connection may serve another statement after this failure of `cancellable`. */
export function isUsable(error: unknown): boolean {
  return !(error instanceof ConnectionLost) && leavesConnectionUsable(error);
}

/** A cancel may still be on its way to this connection. */
class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';

  constructor(cause: unknown) {
    super('the connection is in an unknown state', { cause });
  }
}

async function inSlot<T>(slots: Slots, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  const giveBack = await slots.take(signal);
  try {
    return await work();
  } finally {
    giveBack();
  }
}

async function connectionFrom(driver: SqlDriver, where: string): Promise<SqlConnection> {
  try {
    return await driver.connect();
  } catch (error) {
    throw failureOf(where, error);
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
    const onFailure = (error: unknown) => reject(signal.aborted ? abortOf(where, signal) : error);
    work.then(resolve, onFailure).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
