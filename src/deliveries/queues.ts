/** The registries' queues on pg-boss: who is next, one at a time for each person, in the order of acceptance; what is behind something in another queue sleeps. */

import { PgBoss } from 'pg-boss';
import { SourceError } from '../adapter-kit/source-error.ts';
import type { StateExecutor, StateQueries } from '../state/session.ts';
import { readPrepared, readStatement } from '../state/statements.ts';

/** What pg-boss calls a database. */
interface JobDatabase {
  executeSql: StateExecutor['execute'];
}

/** A message taken out of its queue; fences whatever is done with it against a later taking. */
export interface Job {
  readonly id: string;
  readonly retryCount: number;
}

export interface NewJob {
  /** Of the exchange. */
  readonly id: string;
  readonly orderKey: string;
}

/** Taken before its turn, or while somebody else has it in hand. */
export interface EarlyJob extends Job {
  /** Id of the push that it is behind; undefined where that is none. */
  readonly behind: string | undefined;
}

/** All but `open` and `close` run in the caller's transaction. */
export interface Queues {
  /** Makes pg-boss's own tables and a queue for each registry. Throws SourceError. */
  open(registries: readonly string[]): Promise<void>;
  add(transaction: StateExecutor, registry: string, jobs: readonly NewJob[]): Promise<void>;
  /** At most one for each person, and none while an earlier one about them waits or is in hand. */
  take(transaction: StateExecutor, registry: string, count: number): Promise<readonly Job[]>;
  /** Nothing will follow. */
  finish(transaction: StateExecutor, registry: string, jobs: readonly Job[]): Promise<void>;
  /** To be taken again, keeping its place before the others about the person; `never` until it is `hurry`-ed. */
  putBack(
    transaction: StateExecutor,
    registry: string,
    jobs: readonly (Job & { readonly at: JobTime })[],
  ): Promise<void>;
  /**
   * To be taken again in the place that they had, without going before others: once what they are behind is settled, or
   * at that time (Unix milliseconds). How many sleep until then.
   */
  hold(transaction: StateQueries, registry: string, jobs: readonly EarlyJob[], againMs: number): Promise<number>;
  /** Nothing follows for these pushes: wakes whoever was next behind them; gives the registries of those. */
  settle(transaction: StateQueries, ids: readonly string[]): Promise<readonly string[]>;
  /** Wakes pushes that sleep; gives the registries of those that did. */
  wake(transaction: StateQueries, ids: readonly string[]): Promise<readonly string[]>;
  hurry(transaction: StateExecutor, registry: string, ids: readonly string[]): Promise<void>;
  remove(transaction: StateExecutor, registry: string, ids: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

/** Unix milliseconds. */
export type JobTime = number | 'now' | 'never';

const folder = new URL('sql/', import.meta.url);
const hold = readPrepared(folder, 'hold');
const settleTurns = readPrepared(folder, 'settle-turns');
const wake = readStatement(folder, 'wake');
const schema = 'lienthong_jobs';
/** No message may fall out of its queue by age or number of tries: the deliveries themselves count both. */
const foreverSeconds = 50 * 365 * 86_400;
const retriesMax = 2_000_000_000;
const never = new Date(Date.UTC(2999, 0));

export function createQueues(database: StateExecutor, failed: (error: unknown) => void): Queues {
  // Its timers stay off: what a gateway leaves behind is found by the sweep, and nothing is to be deleted by age.
  const boss = new PgBoss({ db: executorOf(database), schema, supervise: false, schedule: false });
  boss.on('error', (told) => failed(asError(told)));

  return {
    async open(registries) {
      await boss.start();
      for (const registry of registries) {
        await boss.createQueue(registry, { policy: 'key_strict_fifo', retryLimit: retriesMax, retryDelay: 0 });
      }
    },
    async add(transaction, registry, jobs) {
      const rows = jobs.map(({ id, orderKey }) => ({
        id,
        singletonKey: orderKey,
        retentionSeconds: foreverSeconds,
      }));
      await boss.insert(registry, rows, within(transaction));
    },
    async take(transaction, registry, count) {
      const jobs = await boss.fetch(registry, { batchSize: count, ...within(transaction) });
      return jobs.map(({ id, retryCount }) => ({ id, retryCount }));
    },
    async finish(transaction, registry, jobs) {
      await boss.deleteJob(registry, attempts(jobs), within(transaction));
    },
    async putBack(transaction, registry, jobs) {
      await boss.fail(registry, attempts(jobs), undefined, within(transaction));
      for (const { id, at } of jobs) {
        if (at === 'now') continue;
        const startAfter = at === 'never' ? never : new Date(at);
        await boss.update({ name: registry, options: { id, startAfter, ...within(transaction) } });
      }
    },
    async hold(transaction, registry, jobs, againMs) {
      const held = await transaction.query<{ asleep: boolean }>(hold, {
        registry,
        ids: jobs.map(({ id }) => id),
        retryCounts: jobs.map(({ retryCount }) => retryCount),
        behind: jobs.map(({ behind }) => behind ?? null),
        againMs,
      });
      return held.filter(({ asleep }) => asleep).length;
    },
    async settle(transaction, ids) {
      if (ids.length === 0) return [];
      const woken = await transaction.query<{ registry: string }>(settleTurns, { ids });
      return [...new Set(woken.map(({ registry }) => registry))];
    },
    async wake(transaction, ids) {
      if (ids.length === 0) return [];
      const woken = await transaction.query<{ registry: string }>(wake, { ids });
      return [...new Set(woken.map(({ registry }) => registry))];
    },
    async hurry(transaction, registry, ids) {
      for (const id of ids) {
        await boss.update({ name: registry, options: { id, startAfter: 0, ...within(transaction) } });
      }
    },
    async remove(transaction, registry, ids) {
      await boss.deleteJob(registry, [...ids], within(transaction));
    },
    close: () => boss.stop({ graceful: false, close: false }),
  };
}

function attempts(jobs: readonly Job[]): Job[] {
  return jobs.map(({ id, retryCount }) => ({ id, retryCount }));
}

function executorOf(database: StateExecutor): JobDatabase {
  return { executeSql: (text, values) => database.execute(text, values) };
}

function within(transaction: StateExecutor): { db: JobDatabase } {
  return { db: executorOf(transaction) };
}

/** Some of what it tells are copies of errors, without their class. */
function asError(told: unknown): Error {
  if (told instanceof Error) return told;
  const { kind, message = 'pg-boss failed', stack } = told as Partial<SourceError>;
  const error = kind === undefined ? new Error(message) : new SourceError(kind, message);
  return stack === undefined ? error : Object.assign(error, { stack });
}
