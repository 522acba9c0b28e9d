/** Numbers what was announced once it is committed, and wakes whoever waits for the next: nobody who waits asks the database. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { StateDatabase } from '../state/state-database.ts';
import { readStatement } from '../state/statements.ts';
import type { EventSettings } from './settings.ts';

export interface TailSetup {
  readonly database: Pick<StateDatabase, 'query' | 'transaction' | 'opened'>;
  readonly nowMs: () => number;
  readonly settings: EventSettings;
  /** Told of each failure that is tried again. */
  readonly trouble: (error: unknown) => void;
}

export interface Tail {
  /** Something was announced here: it is numbered at once. */
  announced(): void;
  /** The highest number that is known; undefined before the database answered. */
  readonly last: number | undefined;
  /** Resolves when there may be something above that number, of these services if given. Rejects when the signal aborts. */
  after(number: number, signal: AbortSignal, services?: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

interface Head {
  readonly last: number;
  readonly forgotten: number;
  readonly unnumbered: boolean;
}

const folder = new URL('sql/', import.meta.url);
const readHead = readStatement(folder, 'head');
const hold = readStatement(folder, 'hold');
const number = readStatement(folder, 'number');
const newestOf = readStatement(folder, 'newest');
const forget = readStatement(folder, 'forget');
const dayMs = 86_400_000;

/**
 * Numbers are not taken from a sequence while announcing: a sequence gives them out before the commit, so that a lower
 * number can appear after a higher one was read, and a reader would pass it by. Here rows are numbered after they are
 * committed, by one gateway at a time, and a number is visible before the next one is given. Nor is there a lock that
 * deliveries of all gateways would queue for. LISTEN and NOTIFY would save the look every `pollMs` for what others
 * announced, but take a connection more for each gateway and do not go through a pooler.
 */
export function startTail({ database, nowMs, settings, trouble }: TailSetup): Tail {
  const closing = new AbortController();
  let woken = new AbortController();
  /** Those who wait for a number; each looks whether it is theirs. */
  const waiting = new Set<() => void>();
  let last: number | undefined;
  /** What came before is not known by service. */
  let first = 0;
  const newest = new Map<string, number>();
  let forgottenAtMs = 0;
  const running = run();

  async function run(): Promise<void> {
    await database.opened(closing.signal).catch(() => undefined);
    while (!closing.signal.aborted) {
      try {
        // Whatever comes from now on wakes; what came before is found.
        woken = new AbortController();
        await pass();
        await pause(settings.pollMs);
      } catch (error) {
        trouble(error);
        woken = new AbortController();
        await pause(settings.retryMs);
      }
    }
  }

  async function pass(): Promise<void> {
    const [head] = await database.query<Head>(readHead);
    if (head === undefined) throw new Error('the state database has lost the numbers of its announcements');
    await grow(head.last);
    if (head.unnumbered) while (await numberSome());
    if (nowMs() - forgottenAtMs < settings.forgetMs) return;
    forgottenAtMs = nowMs();
    const values = { before: nowMs() - settings.retainDays * dayMs, limit: settings.batchMax };
    while ((await database.query(forget, values)).length > 0 && !closing.signal.aborted);
  }

  /** True where there may be more. */
  async function numberSome(): Promise<boolean> {
    const before = last ?? 0;
    const after = await database.transaction(async (transaction) => {
      const [held] = await transaction.query<Pick<Head, 'last'>>(hold);
      const values = { last: held?.last, limit: settings.batchMax };
      const [head] = await transaction.query<Pick<Head, 'last'>>(number, values);
      return head?.last ?? before;
    });
    await grow(after);
    return after - before >= settings.batchMax && !closing.signal.aborted;
  }

  /** Whoever waits for other services is not woken: a thousand readers would ask the database for each event otherwise. */
  async function grow(to: number): Promise<void> {
    if (last !== undefined && to <= last) return;
    if (last === undefined) first = to;
    else {
      const rows = await database.query<{ service: string; newest: number }>(newestOf, { after: last });
      for (const row of rows) newest.set(row.service, row.newest);
    }
    last = to;
    for (const look of [...waiting]) look();
  }

  function isAfter(passed: number, services: readonly string[] | undefined): boolean {
    if (last === undefined || last <= passed) return false;
    if (services === undefined || passed < first) return true;
    return services.some((service) => (newest.get(service) ?? 0) > passed);
  }

  async function pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: AbortSignal.any([closing.signal, woken.signal]) }).catch(() => undefined);
  }

  return {
    announced: () => woken.abort(),
    get last() {
      return last;
    },
    async after(passed, signal, services) {
      signal.throwIfAborted();
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const look = () => {
        if (isAfter(passed, services)) resolve();
      };
      const leave = () => reject(signal.reason);
      waiting.add(look);
      signal.addEventListener('abort', leave, { once: true });
      look();
      try {
        await promise;
      } finally {
        waiting.delete(look);
        signal.removeEventListener('abort', leave);
      }
    },
    async close() {
      closing.abort();
      await running;
    },
  };
}
