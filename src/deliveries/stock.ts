/** Counts what stands at every registry, now and then: for alerts, which cannot be built on transitions alone. */

import { setTimeout as sleep } from 'node:timers/promises';
import { SourceError } from '../adapter-kit/source-error.ts';
import type { PushStock } from '../exchange/pushes.ts';
import type { StateDatabase } from '../state/state-database.ts';
import { readStatement } from '../state/statements.ts';
import type { DeliverySettings } from './settings.ts';

export interface StockSetup {
  readonly database: Pick<StateDatabase, 'query' | 'opened'>;
  readonly settings: Pick<DeliverySettings, 'stockIntervalMs' | 'stockIntervalMsMax'>;
  /** Undefined where it cannot be counted. */
  readonly counted: (stock: PushStock | undefined) => void;
  /** Told once until it can be: that the database is away is told by its own observer. */
  readonly failed: (error: unknown) => void;
}

export interface StockWatch {
  /** As it was counted last. */
  latest(): PushStock | undefined;
  /** False where what stands is not known, though it should be: counting it failed, or is late after the start. */
  isKnown(): boolean;
  close(): Promise<void>;
}

interface Row {
  readonly registry: string;
  readonly standing: PushStock[number]['standing'];
  readonly count: number;
  readonly oldest_ms: number;
}

const stockOf = readStatement(new URL('sql/', import.meta.url), 'stock');

/** A backlog of hundreds of thousands takes seconds to count: the pause is as many times that, up to its limit. */
const pausesMin = 20;

/** Returns at once. */
export function watchStock({ database, settings, counted, failed }: StockSetup): StockWatch {
  const closing = new AbortController();
  const { signal } = closing;
  const dueMs = performance.now() + settings.stockIntervalMs;
  let latest: PushStock | undefined;
  let isTried = false;
  let told = false;
  /** Counts in a row that the database began, and gave no end. */
  let futile = 0;
  const running = run();

  async function run(): Promise<void> {
    await database.opened(signal).catch(() => undefined);
    while (!signal.aborted) {
      const startedMs = performance.now();
      latest = await count();
      isTried = true;
      counted(latest);
      await sleep(pauseMs(performance.now() - startedMs), undefined, { signal }).catch(() => undefined);
    }
  }

  /** How long a count took that failed says nothing of the next one: after a stall it is soon known again what stands. */
  function pauseMs(tookMs: number): number {
    const { stockIntervalMs, stockIntervalMsMax } = settings;
    const wantedMs = latest === undefined ? stockIntervalMs * 2 ** (futile - 1) : tookMs * pausesMin;
    return Math.min(Math.max(stockIntervalMs, wantedMs), stockIntervalMsMax);
  }

  async function count(): Promise<PushStock | undefined> {
    try {
      const rows = await database.query<Row>(stockOf, {});
      told = false;
      futile = 0;
      return rows.map(({ registry, standing, count, oldest_ms: oldestMs }) => ({
        registry,
        standing,
        count,
        oldestMs,
      }));
    } catch (error) {
      const isAway = error instanceof SourceError && error.kind === 'unavailable';
      if (!told && !isAway) failed(error);
      told = true;
      futile = isAway ? 0 : futile + 1;
      return undefined;
    }
  }

  return {
    latest: () => latest,
    isKnown: () => latest !== undefined || (!isTried && performance.now() < dueMs),
    async close() {
      closing.abort();
      await running;
    },
  };
}
