/** Checks the timestamps of a log: each token for its checkpoint, and each checkpoint for the log. */

import type { ParsedCheckpoint } from '../note/checkpoint.ts';
import { parseTimestampName, type TimestampName, timestampName } from '../store/layout.ts';
import type { Authorities } from '../timestamps/authorities.ts';
import { TimestampError } from '../timestamps/timestamp-error.ts';
import { openTimestamp } from '../timestamps/token.ts';
import { rootAt } from '../tree/proof.ts';
import { LogFault } from './log-fault.ts';
import type { LogSource } from './log-source.ts';
import { type ReadCheckpoint, readCheckpoint } from './read-checkpoint.ts';
import { checkedTileReader } from './tile-reader.ts';

export interface TimestampReport {
  readonly count: number;
  /** False where no authority was named: then of each token only the checkpoint beside it was looked at, its form and origin. */
  readonly areChecked: boolean;
  /** Of the oldest and the newest, by the authority's clock, Unix milliseconds; undefined where there is none, or none was checked. */
  readonly firstMs: number | undefined;
  readonly lastMs: number | undefined;
}

export interface TimestampCheck {
  readonly authorities: Authorities | undefined;
  /** Sizes that `listTimestamps` gave before the log's checkpoint was read. */
  readonly sizes: readonly number[];
  /** Of the log. */
  readonly checkpoint: ParsedCheckpoint;
  readonly readCheckpoint: ReadCheckpoint;
}

/** Ascending sizes of the checkpoints that have a token; undefined where the source does not tell. Throws LogFault. */
export async function listTimestamps(source: LogSource): Promise<readonly number[] | undefined> {
  const names = source.listTimestamps();
  if (names === undefined) return undefined;
  const tokens: number[] = [];
  const notes: number[] = [];
  for await (const name of names) {
    const parsed = parseTimestampName(name);
    if (parsed !== undefined) (parsed.kind === 'tsr' ? tokens : notes).push(parsed.size);
  }
  const known = new Set(tokens);
  const newest = tokens.reduce((max, size) => Math.max(max, size), 0);
  // The newest token may be on its way.
  const bare = notes.find((size) => !known.has(size) && size < newest);
  if (bare !== undefined) throw new LogFault(timestampName({ size: bare, kind: 'tsr' }), 'the file is missing');
  return tokens.sort((a, b) => a - b);
}

/** Throws LogFault with the first bad place. The tiles of the newest checkpoint are taken to be right. */
export async function checkTimestamps(source: LogSource, check: TimestampCheck): Promise<TimestampReport> {
  const reader = checkedTileReader(source, check.checkpoint.size);
  let firstMs: number | undefined;
  let lastMs: number | undefined;
  const { authorities, checkpoint: newest, sizes } = check;
  for (const size of sizes) {
    const notePath = timestampName({ size, kind: 'checkpoint' });
    const note = await read(source, { size, kind: 'checkpoint' });
    if (authorities === undefined) {
      demandForm(notePath, note, size, newest);
      continue;
    }
    const generatedMs = await generatedMsOf(source, size, note, authorities);
    const checkpoint = check.readCheckpoint(notePath, note);
    demandSize(notePath, checkpoint, size, newest);
    if (!(await rootAt(reader, size)).equals(checkpoint.root)) {
      throw new LogFault(notePath, `its root is not that of the first ${size} entries: the log was rewritten`);
    }
    firstMs ??= generatedMs;
    lastMs = generatedMs;
  }
  return { count: sizes.length, areChecked: authorities !== undefined, firstMs, lastMs };
}

/** By whom it was signed is asked with the tokens: that may be a key from long ago. */
function demandForm(notePath: string, note: Buffer, size: number, newest: ParsedCheckpoint): void {
  const checkpoint = readCheckpoint(notePath, note, undefined);
  if (checkpoint.origin !== newest.origin) {
    throw new LogFault(notePath, `it is of "${checkpoint.origin}", the log of "${newest.origin}"`);
  }
  demandSize(notePath, checkpoint, size, newest);
}

function demandSize(notePath: string, checkpoint: ParsedCheckpoint, size: number, newest: ParsedCheckpoint): void {
  if (checkpoint.size !== size) throw new LogFault(notePath, `it covers ${checkpoint.size} entries`);
  if (size > newest.size) throw new LogFault(notePath, `it covers ${size} entries, the log has ${newest.size}`);
}

async function generatedMsOf(source: LogSource, size: number, note: Buffer, authorities: Authorities): Promise<number> {
  const answer = await read(source, { size, kind: 'tsr' });
  try {
    return (await openTimestamp(answer, note, authorities)).generatedMs;
  } catch (error) {
    if (!(error instanceof TimestampError)) throw error;
    throw new LogFault(timestampName({ size, kind: 'tsr' }), error.message, error);
  }
}

async function read(source: LogSource, name: TimestampName): Promise<Buffer> {
  const content = await source.read(timestampName(name));
  if (content === undefined) throw new LogFault(timestampName(name), 'the file is missing');
  return content;
}
