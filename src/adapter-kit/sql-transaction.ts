/** Runs several statements as one effect: all of it is there or nothing, and the connection comes back clean or not at all. */

import { leftMsOf } from './call-signal.ts';
import { type CallDeps, cancellable, isUsable, onConnection } from './sql-call.ts';
import type { SqlConnection, SqlRow, SqlStatement, SqlValue } from './sql-driver.ts';
import { failureOf, isConflict } from './sql-failures.ts';

/** Runs one statement in the transaction; those given at once run one after the other. Throws SourceError. */
export type RunStatement = (statement: SqlStatement, values: readonly SqlValue[]) => Promise<SqlRow[]>;

/** Which of several transactions is rolled back for the others' sake is chance: the next attempt meets them ended. */
const attemptsMax = 4;

/**
 * Isolation is READ COMMITTED on both engines: whoever decides by what it has read locks it (`FOR UPDATE`), in the order of
 * its keys. What the database rolled back for another transaction's sake (a deadlock) is done again at once, a few times.
 * Throws SourceError, and whatever the work throws; either way nothing has taken effect, unless the connection was lost in
 * the middle of the commit: then nobody knows. An abort rejects at once, stops what runs and rolls back.
 */
export function createTransaction(deps: CallDeps) {
  return async <T>(work: (run: RunStatement) => Promise<T>, signal: AbortSignal): Promise<T> => {
    for (let attempt = 1; ; attempt += 1) {
      let mayRepeat = false;
      const conflicted = () => {
        mayRepeat = attempt < attemptsMax;
      };
      try {
        return await onConnection(deps, '(transaction)', signal, (connection) =>
          transact(deps, connection, work, signal, conflicted),
        );
      } catch (error) {
        if (!mayRepeat || signal.aborted) throw error;
      }
    }
  };
}

async function transact<T>(
  deps: CallDeps,
  connection: SqlConnection,
  work: (run: RunStatement) => Promise<T>,
  signal: AbortSignal,
  conflicted: () => void,
): Promise<T> {
  const session = openSession(deps, connection, signal, conflicted);
  try {
    await session.step('(begin)', () => {
      connection.limitTo(leftMsOf(signal));
      return connection.begin();
    });
    const result = await orGivenUp(
      work(({ name, text, parameters }, values) =>
        session.step(name, () => connection.run({ name, text, parameters }, values)),
      ),
      signal,
    );
    await session.step('(commit)', () => connection.commit());
    connection.release();
    return result;
  } catch (error) {
    await session.clearAway();
    throw error;
  }
}

/**
 * One thing after the other, and nothing after a failure: PostgreSQL would end with a silent rollback, MariaDB would go on
 * outside of the transaction that a deadlock has ended.
 */
function openSession(
  { server, cancelTimeoutMs }: CallDeps,
  connection: SqlConnection,
  signal: AbortSignal,
  conflicted: () => void,
) {
  let last: Promise<unknown> = Promise.resolve();
  let failure: unknown;
  let usable = true;
  let over = false;

  const attempt = async <R>(what: string, run: () => Promise<R>): Promise<R> => {
    if (failure !== undefined) throw failure;
    if (over) throw new TypeError(`${what}: the transaction is over`);
    signal.throwIfAborted();
    try {
      return await cancellable(connection, signal, cancelTimeoutMs, run);
    } catch (error) {
      usable = isUsable(error);
      if (isConflict(error)) conflicted();
      failure = failureOf(`${server} ${what}`, error);
      throw failure;
    }
  };

  return {
    step<R>(what: string, run: () => Promise<R>): Promise<R> {
      const next = last.then(() => attempt(what, run));
      last = next.catch(() => undefined);
      return next;
    },
    async clearAway(): Promise<void> {
      over = true;
      await last;
      if (usable && (await inTime(connection.rollback(), cancelTimeoutMs))) connection.release();
      else connection.destroy();
    },
  };
}

/** Work that waits for something else than the database must not hold its locks any longer than its caller waits. */
function orGivenUp<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

async function inTime(work: Promise<void>, timeoutMs: number): Promise<boolean> {
  const late = new Promise<boolean>((resolve) => setTimeout(() => resolve(false), timeoutMs).unref());
  return Promise.race([
    work.then(
      () => true,
      () => false,
    ),
    late,
  ]);
}
