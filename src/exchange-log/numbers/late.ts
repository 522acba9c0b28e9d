/** Tells which entries stand far behind the moment in their id: what took long, and what was recorded after a crash. */

import type { LogEntry } from '../../exchange/entries.ts';

/** From the time of an entry to its record: what took longer is found by a list, all else by its time. */
export const lateMs = 10_000;

/** The id where the entry belongs on the list. What was counted over a time is recorded at its end. */
export function lateIdOf({ id, kind, durationMs }: LogEntry): string | undefined {
  return kind !== 'refusals' && durationMs > lateMs ? id : undefined;
}

const printedDuration = Buffer.from('"durationMs":');
const durationDigitsMax = 16;

/** The same of a printed entry; parses only those that took long. */
export function lateIdIn(entry: Buffer): string | undefined {
  const at = entry.indexOf(printedDuration);
  if (at === -1) return undefined;
  const start = at + printedDuration.byteLength;
  const durationMs = Number.parseFloat(entry.toString('latin1', start, start + durationDigitsMax));
  return durationMs > lateMs ? lateIdOf(JSON.parse(entry.toString()) as LogEntry) : undefined;
}
