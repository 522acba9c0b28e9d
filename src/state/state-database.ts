/** The state database as the gateway has it: opened behind the start's back, tried again for as long as it is away, waited for by nobody. */

import { setTimeout as sleep } from 'node:timers/promises';
import { SourceError } from '../adapter-kit/source-error.ts';
import { type OpenState, openState } from './open-state.ts';
import type { StateExecutor, StateQueries, StateSession, StateTransaction, TransactionSettings } from './session.ts';
import type { StateAddress, StateLimits } from './settings.ts';
import { type StateWrites, WritesRefused } from './state-writes.ts';
import { statement } from './statements.ts';

export interface StateObserver {
  /** It answers: for the first time, or again. */
  up(): void;
  /** Told once an outage. */
  down(error: unknown): void;
}

export interface StateDatabase extends StateQueries, StateExecutor {
  /** All or nothing. Throws SourceError, and whatever the work throws. */
  transaction<T>(work: (transaction: StateTransaction) => Promise<T>, settings?: TransactionSettings): Promise<T>;
  /** Resolves when it has been tried once, with whether it is open. */
  readonly tried: Promise<boolean>;
  /** Resolves when it is open; rejects when the signal aborts. */
  opened(signal: AbortSignal): Promise<void>;
  /** A connection of one's own. Waits for the database to be open at all; rejects when the signal aborts. */
  connect(signal: AbortSignal): Promise<StateSession>;
  /** Rejects where it does not answer, and with WritesRefused where it takes no writes. */
  check(): Promise<void>;
  close(): Promise<void>;
}

export interface StateDatabaseSetup {
  /** Asked before each attempt to open it; starts the embedded server where that is the one. */
  readonly locate: () => Promise<StateAddress>;
  readonly limits: StateLimits;
  readonly observer: StateObserver;
  readonly writes: StateWrites;
}

/** Of a standby, too. */
const ping = statement('ping', "SELECT current_setting('transaction_read_only') = 'on' AS read_only");

/** Returns at once. Until the database is open, questions are refused as `unavailable`. */
export function openStateDatabase({ locate, limits, observer, writes }: StateDatabaseSetup): StateDatabase {
  const closing = new AbortController();
  const tried = Promise.withResolvers<boolean>();
  const opened = Promise.withResolvers<OpenState>();
  // Whoever waits for it hears of it.
  opened.promise.catch(() => undefined);
  let state: OpenState | undefined;
  let isUp: boolean | undefined;
  let closed: Promise<void> | undefined;
  const opening = openAtLast();

  async function openAtLast(): Promise<void> {
    for (let waitMs = limits.retryMs; !closing.signal.aborted; waitMs = Math.min(waitMs * 2, limits.retryMsMax)) {
      try {
        state = await openState(await locate(), limits);
        tell(true);
        opened.resolve(state);
        tried.resolve(true);
        return;
      } catch (error) {
        tell(false, error);
        tried.resolve(false);
      }
      await sleep(waitMs, undefined, { signal: closing.signal }).catch(() => undefined);
    }
  }

  function tell(up: boolean, error?: unknown): void {
    if (isUp === up || closing.signal.aborted) return;
    isUp = up;
    if (up) observer.up();
    else observer.down(error);
  }

  /** Only what says that the server is away is an outage: a statement may be too slow or wrong on a healthy one. */
  async function watched<T>(work: Promise<T>): Promise<T> {
    try {
      const result = await work;
      tell(true);
      return result;
    } catch (error) {
      if (!writes.met(error) && error instanceof SourceError && error.kind === 'unavailable') tell(false, error);
      throw error;
    }
  }

  function demandOpen(): OpenState {
    if (state === undefined) throw new SourceError('unavailable', 'the state database is not open yet');
    return state;
  }

  async function query<Row>(...[statement, values]: Parameters<StateQueries['query']>): Promise<readonly Row[]> {
    return watched(demandOpen().query<Row>(statement, values));
  }

  async function check(): Promise<void> {
    writes.seen((await query<{ read_only: boolean }>(ping))[0]?.read_only === true);
    const refusal = writes.refusal();
    if (refusal !== undefined) throw new WritesRefused(refusal);
  }

  /** It has a connection of its own, whose end is no outage to be told of. */
  async function connect(signal: AbortSignal): Promise<StateSession> {
    const session = await watched((await whenOpen(signal)).connect());
    const met = (error: unknown) => {
      writes.met(error);
      throw error;
    };
    return {
      query: (statement, values) => session.query<never>(statement, values).catch(met),
      transaction: (work, statementTimeoutMs) => session.transaction(work, statementTimeoutMs).catch(met),
      close: session.close,
    };
  }

  async function whenOpen(signal: AbortSignal): Promise<OpenState> {
    const aborted = Promise.withResolvers<never>();
    const onAbort = () => aborted.reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    try {
      return await Promise.race([opened.promise, aborted.promise]);
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  async function closeNow(): Promise<void> {
    closing.abort();
    opened.reject(new SourceError('unavailable', 'the state database is closed'));
    await opening;
    await state?.close();
  }

  return {
    tried: tried.promise,
    query,
    execute: async (text, values) => watched(demandOpen().execute(text, values)),
    transaction: async (work, settings) => watched(demandOpen().transaction(work, settings)),
    opened: async (signal) => void (await whenOpen(signal)),
    connect,
    check,
    close() {
      closed ??= closeNow();
      return closed;
    },
  };
}
