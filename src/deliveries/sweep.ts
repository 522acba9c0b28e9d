/** Looks again and again for what was left behind: by gateways that are gone, and by time. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { StateDatabase } from '../state/state-database.ts';
import { readStatement } from '../state/statements.ts';
import type { LeftBehind } from './left-behind.ts';
import type { Queues } from './queues.ts';
import type { DeliverySettings } from './settings.ts';

export interface SweepSetup {
  readonly database: StateDatabase;
  readonly queues: Pick<Queues, 'takeAway'>;
  readonly leftBehind: LeftBehind;
  /** See Operations. */
  readonly correct: () => Promise<void>;
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
}

const folder = new URL('sql/', import.meta.url);
const see = readStatement(folder, 'see');
const abandoned = readStatement(folder, 'abandoned');
const gone = readStatement(folder, 'gone');
const cleared = readStatement(folder, 'cleared');
const takeBack = readStatement(folder, 'take-back');
const eraseMessages = readStatement(folder, 'erase-messages');
const eraseStates = readStatement(folder, 'erase-states');
const hourMs = 3_600_000;

export function createSweep(setup: SweepSetup): Sweep {
  const { database, queues, leftBehind, origin, nowMs, settings, signal } = setup;
  const { leaseSeconds, sweepRowsMax: limit } = settings;

  /** True where there may be more. */
  async function takeAbandoned(starting: boolean): Promise<boolean> {
    return database.transaction(async (transaction) => {
      const others = starting ? [] : await transaction.query<{ origin: string }>(gone, { origin, leaseSeconds });
      if (!starting && others.length === 0) return false;
      const from = { starting, origin, gone: others.map((other) => other.origin) };
      // Before looking: whoever still takes something says with it that it is there.
      if (!starting) await transaction.query(cleared, { ...from, leaseSeconds, cleared: true });
      const rows = await transaction.query<Abandoned>(abandoned, { ...from, limit });
      if (rows.length === 0) return false;
      if (!starting) await transaction.query(cleared, { ...from, leaseSeconds, cleared: false });
      await transaction.query(takeBack, { ids: rows.map(({ id }) => id) });
      for (const [registry, of] of Map.groupBy(rows, (row) => row.registry)) {
        await queues.takeAway(
          transaction,
          registry,
          of.map(({ id }) => id),
        );
      }
      return rows.length >= limit;
    });
  }

  async function pass(): Promise<void> {
    await database.query(see, { origin });
    await takeAbandoned(false);
    await leftBehind.settle(nowMs() - leaseSeconds * 1000);
    await setup.correct();
    await database.query(eraseMessages, { before: nowMs() - settings.retainMessageHours * hourMs, limit });
    await database.query(eraseStates, { before: nowMs() - settings.retainStateDays * 24 * hourMs, limit });
  }

  return {
    async first() {
      await database.query(see, { origin });
      let more = true;
      while (more) more = await takeAbandoned(true);
      await leftBehind.settle(nowMs());
    },
    async go() {
      while (!signal.aborted) {
        await sleep(settings.sweepMs, undefined, { signal }).catch(() => undefined);
        if (!signal.aborted) await pass().catch(setup.trouble);
      }
    },
  };
}
