/** Puts recorded pushes into the registries' queues, behind the reply's back, and forgets those that were refused after all. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { StateDatabase } from '../state/state-database.ts';
import { readPrepared, readStatement } from '../state/statements.ts';
import type { Queues } from './queues.ts';
import type { DeliverySettings } from './settings.ts';

export interface OutboxSetup {
  readonly database: Pick<StateDatabase, 'transaction'>;
  readonly queues: Pick<Queues, 'add' | 'settle'>;
  readonly origin: string;
  readonly settings: Pick<DeliverySettings, 'acceptBatchMax' | 'retryMs'>;
  /** Told of registries that have something new in their queue. */
  readonly sent: (registry: string) => void;
  /** Told that among what was sent is something in place of an earlier push. */
  readonly corrected: () => void;
  /** Told that nothing more has to be done about a push here. */
  readonly settled: (exchangeId: string) => void;
  /** Told of each failure that is tried again. */
  readonly trouble: (error: unknown) => void;
}

export interface Outbox {
  recorded(exchangeId: string, index: number): void;
  refused(exchangeId: string): void;
  /** Tries until all is done, or for that long; what is left then is found by the sweep of the next start. */
  close(graceMs: number): Promise<void>;
}

interface Marked {
  readonly id: string;
  readonly registry: string;
  readonly order_key: string;
  readonly corrects: string | null;
}

const folder = new URL('sql/', import.meta.url);
const markRecorded = readPrepared(folder, 'mark-recorded');
const remove = readStatement(folder, 'remove');

export function createOutbox(setup: OutboxSetup): Outbox {
  const { database, queues, origin, settings } = setup;
  /** Index in the log; undefined for a refused one. In the order of acceptance. */
  const waiting = new Map<string, number | undefined>();
  const closing = new AbortController();
  let running: Promise<void> | undefined;

  async function runAll(): Promise<void> {
    await Promise.resolve();
    while (waiting.size > 0 && !closing.signal.aborted) {
      const batch = [...waiting].slice(0, settings.acceptBatchMax);
      try {
        const { marked, woken } = await settleBatch(batch);
        for (const registry of new Set([...woken, ...marked.map(({ registry }) => registry)])) setup.sent(registry);
        if (marked.some(({ corrects }) => corrects !== null)) setup.corrected();
        for (const [id] of batch) waiting.delete(id);
        for (const [id] of batch) setup.settled(id);
      } catch (error) {
        setup.trouble(error);
        // Order is kept because the same batch comes again.
        await sleep(settings.retryMs, undefined, { signal: closing.signal }).catch(() => undefined);
      }
    }
    running = undefined;
  }

  async function settleBatch(batch: readonly (readonly [string, number | undefined])[]) {
    const rows = batch.flatMap(([id, index]) => (index === undefined ? [] : [{ id, index }]));
    const refused = batch.flatMap(([id, index]) => (index === undefined ? [id] : []));
    // What a crash of the database would undo of this, the sweep finds in the log; whatever builds on it waits for the disk.
    return database.transaction(
      async (transaction) => {
        const removed =
          refused.length === 0 ? [] : await transaction.query<{ id: string }>(remove, { ids: refused, origin });
        const ids = removed.map(({ id }) => id);
        const woken = await queues.settle(transaction, ids);
        if (rows.length === 0) return { marked: [], woken };
        const marked = await transaction.query<Marked>(markRecorded, { rows: JSON.stringify(rows), origin });
        for (const [registry, of] of Map.groupBy(marked, (one) => one.registry)) {
          const jobs = of.map(({ id, order_key: orderKey }) => ({ id, orderKey }));
          await queues.add(transaction, registry, jobs);
        }
        return { marked, woken };
      },
      { durability: 'soon' },
    );
  }

  function add(exchangeId: string, index: number | undefined): void {
    waiting.set(exchangeId, index);
    running ??= runAll();
  }

  return {
    recorded: (exchangeId, index) => add(exchangeId, index),
    refused: (exchangeId) => add(exchangeId, undefined),
    async close(graceMs) {
      const tooLate = setTimeout(() => closing.abort(), graceMs);
      await running;
      clearTimeout(tooLate);
      closing.abort();
    },
  };
}
