/** Runs one statement from queue to answer: the caller is free the moment it gives up, the connection only when the server is. */

import { leftMsOf, linger } from './call-signal.ts';
import { SourceError } from './source-error.ts';
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
        connection.limitTo(leftMsOf(signal));
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
    const connection = await connectionOf(driver, where);
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
export function cancellable<T>(
  connection: SqlConnection,
  signal: AbortSignal,
  cancelTimeoutMs: number,
  run: () => Promise<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    let cancelling: Promise<void> | undefined;
    const lose = (error: unknown) => reject(new ConnectionLost(error));
    const onAbort = () => {
      cancelling = connection.cancel();
      cancelling.catch(lose);
      setTimeout(() => lose(new Error('cancel had no effect')), cancelTimeoutMs).unref();
    };
    const settle = (give: () => void) => {
      signal.removeEventListener('abort', onAbort);
      if (cancelling === undefined) give();
      else cancelling.then(give, lose);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    run().then(
      (result) => settle(() => resolve(result)),
      (error: unknown) => settle(() => reject(error)),
    );
  });
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
  const taken = slots.take(signal);
  const giveBack = taken instanceof Promise ? await taken : taken;
  try {
    return await work();
  } finally {
    giveBack();
  }
}

async function connectionOf(driver: SqlDriver, where: string): Promise<SqlConnection> {
  try {
    return await driver.connect();
  } catch (error) {
    const { kind, message, cause, retryAfterMs, isLost } = failureOf(where, error);
    throw new SourceError(kind, message, cause, retryAfterMs, isLost, true);
  }
}

function orAborted<T>(work: Promise<T>, where: string, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      reject(abortOf(where, signal));
      linger(signal, work);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    const stay = () => signal.removeEventListener('abort', onAbort);
    work.then(
      (result) => {
        stay();
        resolve(result);
      },
      (error: unknown) => {
        stay();
        reject(signal.aborted ? abortOf(where, signal) : error);
      },
    );
  });
}
