/** Finds an exchange in the log by its id: no index to keep but of those that took long, and no reading the log through. */

import type { LogEntry } from '../exchange/entries.ts';
import { lateMs } from './numbers/late.ts';
import { tileWidth } from './tree/tile-path.ts';

export interface FoundEntry {
  readonly index: number;
  /** Canonical JSON. */
  readonly entry: Buffer;
}

export interface FindSetup {
  /** Entries in the log. */
  readonly size: number;
  /** The entries of a bundle, as many as there are. */
  readonly bundle: (index: number) => Promise<readonly Buffer[]>;
  /** Index of an entry that took longer than `lateMs`, by its id. */
  readonly lateAt: (id: string) => number | undefined;
  /** From the making of an exchange's id to the time of its entry, milliseconds at most. */
  readonly arrivalMsMax: number;
  /** So far may the clock have been set back while the log grew, or forward during an exchange, milliseconds. */
  readonly clockStepMs: number;
}

/**
 * An entry says when it was made (`time` + `durationMs`), and entries go into the log in the order in which they are
 * made: those moments never fall from one entry to the next, but where the clock was set back. The moment of an
 * exchange lies between that in its id (RFC 9562 section 5.7) and `arrivalMsMax` + `lateMs` later, or its place is on the
 * list of the late ones, as of everything that is recorded after a crash. A binary search finds where that window begins;
 * from there each bundle is looked through until the window is over.
 *
 * Reads log2 of the bundles, then as many bundles as came in within the window: those up to the exchange where it is in
 * the log, all of them where it is not. Undefined also where the clock was set by more than `clockStepMs`.
 */
export async function findExchange(id: string, setup: FindSetup): Promise<FoundEntry | undefined> {
  const { size, bundle, lateAt, arrivalMsMax, clockStepMs } = setup;
  const late = lateAt(id);
  if (late !== undefined) return findLate(id, late, bundle);
  const idMs = Number.parseInt(id.replace('-', '').slice(0, 12), 16);
  // Once because the id may be from before the clock was set back, once for the order of the entries.
  const windowStartMs = idMs - 2 * clockStepMs;
  const windowEndMs = idMs + arrivalMsMax + lateMs + 2 * clockStepMs;
  const bundles = Math.ceil(size / tileWidth);
  const firstMadeMs = async (index: number) => madeAtMs((await bundle(index))[0]);

  let low = 0;
  for (let high = bundles; low < high; ) {
    const middle = Math.floor((low + high) / 2);
    if ((await firstMadeMs(middle)) < windowStartMs) low = middle + 1;
    else high = middle;
  }
  // The bundle before begins too early, and may end within the window.
  for (let index = Math.max(0, low - 1); index < bundles; index += 1) {
    const entries = await bundle(index);
    if (index >= low && madeAtMs(entries[0]) > windowEndMs) return undefined;
    const ordinal = ordinalOf(id, entries);
    if (ordinal !== -1) return { index: index * tileWidth + ordinal, entry: entries[ordinal] as Buffer };
  }
  return undefined;
}

async function findLate(id: string, index: number, bundle: FindSetup['bundle']): Promise<FoundEntry> {
  const entry = (await bundle(Math.floor(index / tileWidth)))[index % tileWidth];
  if (entry !== undefined && ordinalOf(id, [entry]) === 0) return { index, entry };
  throw new Error(`subjects.db says that exchange ${id} is entry ${index}, and it is not`);
}

function ordinalOf(id: string, entries: readonly Buffer[]): number {
  // Looking for the bytes costs a hundredth of what parsing every entry does.
  const printed = Buffer.from(`"id":"${id}"`);
  return entries.findIndex((entry) => entry.includes(printed) && JSON.parse(entry.toString()).id === id);
}

function madeAtMs(entry: Buffer | undefined): number {
  if (entry === undefined) throw new Error('the bundle is empty');
  const { kind, time, durationMs = 0 } = JSON.parse(entry.toString()) as Partial<LogEntry> & Pick<LogEntry, 'time'>;
  // Refusals are counted up to their time.
  return Date.parse(time) + (kind === 'refusals' ? 0 : durationMs);
}
