/** Finds pushes that the log says were accepted and the state database does not know: it was put back to an older state. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { LogEntry } from '../exchange/entries.ts';
import type { StateQueries } from '../state/session.ts';
import { readStatement } from '../state/statements.ts';

export interface LostSetup {
  readonly database: StateQueries;
  readonly origin: string;
  /** What was accepted earlier may have been erased by its age, Unix milliseconds. */
  readonly notBeforeMs: () => number;
  /** This gateway's own log. */
  readonly log: {
    /** Durable entries. */
    size(): number;
    /** At least one, `count` at most. */
    readEntries(from: number, count: number): Promise<readonly Buffer[]>;
  };
  readonly signal: AbortSignal;
  /** Ids of exchanges in the order of the log, as many as are worth showing, and how many there are. */
  readonly lost: (exchangeIds: readonly string[], count: number) => void;
}

export interface LostAcceptances {
  /**
   * Looks through what the log has beyond the entries that the database is known to know, however much that is: next to
   * nothing where it has lost nothing. Then notes up to where it does. Rejects where it does not answer.
   */
  look(): Promise<void>;
  /** Looks again and again until the signal aborts; `trouble` is told of each failure, which is tried again. */
  watch(pauseMs: number, trouble: (error: unknown) => void): Promise<void>;
}

const folder = new URL('sql/', import.meta.url);
const knownEntries = readStatement(folder, 'known-entries');
const noteKnown = readStatement(folder, 'note-known');
const absent = readStatement(folder, 'absent');
const readAtOnce = 1024;
const shownMax = 100;

/**
 * A push is in the database before it is in the log. So what the log has at a moment, the database knows that says so
 * later, and every copy of it in which that is said.
 */
export function createLostAcceptances(setup: LostSetup): LostAcceptances {
  const { database, origin, notBeforeMs, log, signal } = setup;
  /** As this gateway noted it last; another number in the database is that of an older state. */
  let noted: number | undefined;

  async function search(from: number, size: number): Promise<void> {
    const oldestMs = notBeforeMs();
    const shown: string[] = [];
    let count = 0;
    for (let next = await firstSince(log, from, size, oldestMs); next < size; ) {
      signal.throwIfAborted();
      const entries = await log.readEntries(next, Math.min(readAtOnce, size - next));
      next += entries.length;
      const ids = entries.map((line) => acceptedIn(line, oldestMs)).filter((id) => id !== undefined);
      if (ids.length === 0) continue;
      const lost = await database.query<{ id: string }>(absent, { ids });
      count += lost.length;
      shown.push(...lost.slice(0, shownMax - shown.length).map(({ id }) => id));
    }
    if (count > 0) setup.lost(shown, count);
  }

  async function look(): Promise<void> {
    const size = log.size();
    const [row] = await database.query<{ known_entries: number | null }>(knownEntries, { origin });
    const from = row?.known_entries ?? undefined;
    if (from === undefined || from !== noted) await search(from ?? 0, size);
    if (from !== size) await database.query(noteKnown, { origin, from, size });
    noted = size;
  }

  return {
    look,
    async watch(pauseMs, trouble) {
      while (!signal.aborted) {
        await look().catch((error: unknown) => signal.aborted || trouble(error));
        await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
      }
    },
  };
}

/** Entries stand in the log in the order of time plus duration: none before this one has a time from then on. */
async function firstSince(log: LostSetup['log'], from: number, size: number, timeMs: number): Promise<number> {
  let low = from;
  for (let high = size; low < high; ) {
    const middle = Math.floor((low + high) / 2);
    const [line = ''] = await log.readEntries(middle, 1);
    const { time, durationMs } = JSON.parse(line.toString()) as LogEntry;
    if (Date.parse(time) + durationMs < timeMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Of a push that was taken over with this entry, and not with an earlier one. */
function acceptedIn(line: Buffer, notBeforeMs: number): string | undefined {
  if (!line.includes('"kind":"push"')) return undefined;
  const entry = JSON.parse(line.toString()) as LogEntry;
  if (entry.kind !== 'push' || entry.status !== 202 || entry.repeats !== undefined) return undefined;
  return Date.parse(entry.time) < notBeforeMs ? undefined : entry.id;
}
