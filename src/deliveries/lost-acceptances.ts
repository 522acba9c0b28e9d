/** Finds pushes that the log says were accepted and the state database does not know: it was restored to an older state. */

import type { LogEntry } from '../exchange/types.ts';
import type { StateQueries } from '../state/session.ts';
import { readStatement } from '../state/statements.ts';

export interface LostSetup {
  readonly database: StateQueries;
  readonly origin: string;
  /** What was accepted earlier may have been erased by its age, Unix milliseconds. */
  readonly notBeforeMs: number;
  /** This gateway's own log. */
  readonly log: {
    /** Durable entries. */
    size(): number;
    /** At least one, `count` at most. */
    readEntries(from: number, count: number): Promise<readonly Buffer[]>;
  };
}

const folder = new URL('sql/', import.meta.url);
const lastRecorded = readStatement(folder, 'last-recorded');
const absent = readStatement(folder, 'absent');
const readAtOnce = 1024;
/** Entries that are looked through, from the newest back: what a start can bear. */
const entriesMax = 1_000_000;

/**
 * Ids of the exchanges, in the order of the log. An older state lacks what came last: only entries behind the newest push
 * that is known are looked at, up to where the log was when this was called.
 */
export async function findLost({ database, origin, notBeforeMs, log }: LostSetup): Promise<readonly string[]> {
  const size = log.size();
  const [last] = await database.query<{ log_index: number }>(lastRecorded, { origin });
  const lost: string[] = [];
  for (let next = Math.max((last?.log_index ?? -1) + 1, size - entriesMax); next < size; ) {
    const entries = await log.readEntries(next, Math.min(readAtOnce, size - next));
    next += entries.length;
    const ids = entries.map((line) => acceptedIn(line, notBeforeMs)).filter((id) => id !== undefined);
    if (ids.length === 0) continue;
    lost.push(...(await database.query<{ id: string }>(absent, { ids })).map(({ id }) => id));
  }
  return lost;
}

/** Of a push that was taken over with this entry, and not with an earlier one. */
function acceptedIn(line: Buffer, notBeforeMs: number): string | undefined {
  if (!line.includes('"kind":"push"')) return undefined;
  const entry = JSON.parse(line.toString()) as LogEntry;
  if (entry.kind !== 'push' || entry.status !== 202 || entry.repeats !== undefined) return undefined;
  return Date.parse(entry.time) < notBeforeMs ? undefined : entry.id;
}
