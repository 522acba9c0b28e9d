/** Lists the timestamps of a log, and the one checkpoint whose token may be still to come. */

import { parseTimestampName, timestampName } from '../store/layout.ts';
import { LogFault } from './log-fault.ts';
import type { LogSource } from './log-source.ts';

export interface TimestampSizes {
  /** Ascending sizes of the checkpoints that have a token. */
  readonly stamped: readonly number[];
  /** Of the newest checkpoint where it lies there without its token. */
  readonly bare: number | undefined;
}

/** Undefined where the source does not tell. Throws LogFault where a token is missing and there is anything newer. */
export async function listTimestamps(source: LogSource): Promise<TimestampSizes | undefined> {
  const names = source.listTimestamps();
  if (names === undefined) return undefined;
  const stamped = new Set<number>();
  const notes: number[] = [];
  for await (const name of names) {
    const parsed = parseTimestampName(name);
    if (parsed?.kind === 'tsr') stamped.add(parsed.size);
    else if (parsed !== undefined) notes.push(parsed.size);
  }
  const newest = [...stamped, ...notes].reduce((max, size) => Math.max(max, size), 0);
  let bare: number | undefined;
  for (const size of notes.filter((one) => !stamped.has(one))) {
    const token = timestampName({ size, kind: 'tsr' });
    // A gateway at work here writes the note, then the token, and the next note long after.
    if ((await source.read(token)) !== undefined) stamped.add(size);
    else if (size === newest) bare = size;
    else throw new LogFault(token, 'the file is missing, and a newer timestamp is there');
  }
  return { stamped: [...stamped].sort((a, b) => a - b), bare };
}
