/** Looks again and again for what was left behind: by gateways that are gone, and by time. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { StateTransaction } from '../state/session.ts';
import type { StateDatabase } from '../state/state-database.ts';
import { readStatement } from '../state/statements.ts';
import { takingsOf } from './claims.ts';
import { createEach } from './each.ts';
import type { LeftBehind } from './left-behind.ts';
import type { Queues } from './queues.ts';
import type { DeliverySettings } from './settings.ts';

export interface SweepSetup {
  readonly database: StateDatabase;
  readonly queues: Pick<Queues, 'putBack'>;
  readonly leftBehind: LeftBehind;
  /** What this gateway has in hand, as it knows itself. */
  readonly held: () => ReadonlySet<string>;
  /** See Operations. */
  readonly correct: () => Promise<void>;
  readonly goOn: () => Promise<void>;
  readonly checkTurns: () => Promise<void>;
  readonly origin: string;
  readonly nowMs: () => number;
  readonly settings: DeliverySettings;
  readonly signal: AbortSignal;
  /** Told of each failure that is tried again. */
  readonly trouble: (error: unknown) => void;
}

export interface Sweep {
  /** What this gateway left when it last ended, before anything new is delivered. Throws where it cannot be told. */
  first(): Promise<void>;
  /** Until the signal aborts. */
  go(): Promise<void>;
}

interface Abandoned {
  readonly id: string;
  readonly registry: string;
  /** Null where the job is in its queue. */
  readonly retry_count: number | null;
}

interface Held {
  readonly id: string;
  readonly taking: number;
}

const folder = new URL('sql/', import.meta.url);
const see = readStatement(folder, 'see');
const abandoned = readStatement(folder, 'abandoned');
const held = readStatement(folder, 'held');
const stray = readStatement(folder, 'stray');
const idleJobs = readStatement(folder, 'idle-jobs');
const gone = readStatement(folder, 'gone');
const cleared = readStatement(folder, 'cleared');
const takeBack = readStatement(folder, 'take-back');
const eraseMessages = readStatement(folder, 'erase-messages');
const eraseStates = readStatement(folder, 'erase-states');
const hourMs = 3_600_000;

export function createSweep(setup: SweepSetup): Sweep {
  const { database, queues, leftBehind, origin, nowMs, settings, signal } = setup;
  const { leaseSeconds, sweepRowsMax: limit } = settings;
  /** Takings that the last pass found held without being in hand. */
  let suspects: ReadonlyMap<string, number> = new Map();

  /** True where there may be more. */
  async function takeAbandoned(starting: boolean): Promise<boolean> {
    return database.transaction(async (transaction) => {
      const others = starting ? [] : await transaction.query<{ origin: string }>(gone, { origin, leaseSeconds });
      if (!starting && others.length === 0) return false;
      const from = { starting, origin, gone: others.map((other) => other.origin) };
      const rows = await transaction.query<Abandoned>(abandoned, { ...from, limit });
      await letGo(transaction, rows);
      if (!starting) await transaction.query(cleared, from);
      return rows.length >= limit;
    });
  }

  async function letGo(transaction: StateTransaction, rows: readonly Abandoned[]): Promise<void> {
    if (rows.length > 0) await transaction.query(takeBack, { ids: rows.map(({ id }) => id) });
    await putBack(transaction, rows);
  }

  async function putBack(transaction: StateTransaction, rows: readonly Abandoned[]): Promise<void> {
    for (const [registry, of] of Map.groupBy(rows, (row) => row.registry)) {
      const jobs = of.flatMap(({ id, retry_count: retryCount }) => (retryCount === null ? [] : [{ id, retryCount }]));
      if (jobs.length === 0) continue;
      await queues.putBack(
        transaction,
        registry,
        jobs.map((job) => ({ ...job, at: 'now' })),
      );
    }
  }

  /**
   * What this gateway took without hearing that it did: the answer to the commit was lost. Something is held without being
   * in hand for two passes only then; should it be in hand after all, its taking is over, and nothing comes of it.
   */
  async function takeStrays(): Promise<void> {
    const rows = await database.query<Held>(held, { origin });
    const inHand = setup.held();
    const unheld = rows.filter(({ id }) => !inHand.has(id));
    const known = suspects;
    suspects = new Map(unheld.map(({ id, taking }) => [id, taking]));
    const strays = unheld.filter(({ id, taking }) => known.get(id) === taking);
    await database.transaction(async (transaction) => {
      if (strays.length > 0) {
        await letGo(transaction, await transaction.query<Abandoned>(stray, { ...takingsOf(strays), origin }));
      }
      await putBack(transaction, await transaction.query<Abandoned>(idleJobs, { limit }));
    });
  }

  /** What each pass does, in this order; none of it needs what comes before it. */
  const steps: readonly (() => Promise<unknown>)[] = [
    () => database.query(see, { origin }),
    () => takeAbandoned(false),
    takeStrays,
    leftBehind.settle,
    setup.goOn,
    setup.correct,
    setup.checkTurns,
    () => database.query(eraseMessages, { before: nowMs() - settings.retainMessageHours * hourMs, limit }),
    () => database.query(eraseStates, { before: nowMs() - settings.retainStateDays * 24 * hourMs, limit }),
  ];
  const attempt = createEach(setup.trouble);

  async function pass(): Promise<void> {
    for (const [index, step] of steps.entries()) {
      if (signal.aborted) return;
      await attempt(index, step);
    }
  }

  return {
    async first() {
      await database.query(see, { origin });
      let more = true;
      while (more) more = await takeAbandoned(true);
      await leftBehind.settle();
      await setup.goOn();
    },
    async go() {
      while (!signal.aborted) {
        await sleep(settings.sweepMs, undefined, { signal }).catch(() => undefined);
        if (!signal.aborted) await pass();
      }
    },
  };
}
