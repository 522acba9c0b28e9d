/** Checks the timestamps of a log: each token for its checkpoint, and each checkpoint for the log. */

import type { LogEntry } from '../../exchange/entries.ts';
import type { ParsedCheckpoint } from '../note/checkpoint.ts';
import { type TimestampName, timestampName } from '../store/layout.ts';
import type { Authorities } from '../timestamps/authorities.ts';
import { TimestampError } from '../timestamps/timestamp-error.ts';
import { openTimestamp } from '../timestamps/token.ts';
import { rootAt } from '../tree/proof.ts';
import type { TileReader } from '../tree/stored-hashes.ts';
import { tileWidth } from '../tree/tile-path.ts';
import { readBundle } from './entry-files.ts';
import type { TimestampSizes } from './list-timestamps.ts';
import { LogFault } from './log-fault.ts';
import type { LogSource } from './log-source.ts';
import { type ReadCheckpoint, readCheckpoint } from './read-checkpoint.ts';
import { checkedTileReader } from './tile-reader.ts';

export interface TimestampReport {
  readonly count: number;
  /** False where no authority was named: then each token is whole and for its checkpoint, and may be anybody's. */
  readonly areChecked: boolean;
  /** Entries of the newest checkpoint that has one; 0 where none has. */
  readonly covered: number;
  /** Of the newest checkpoint where it lies there without its token, as a crash may leave it. */
  readonly bare: number | undefined;
  /** Of the oldest and the newest, by the authority's clock, Unix milliseconds; undefined where there is none, or none was checked. */
  readonly firstMs: number | undefined;
  readonly lastMs: number | undefined;
}

export interface TimestampCheck {
  readonly authorities: Authorities | undefined;
  /** Listed before the log's checkpoint was read. */
  readonly sizes: TimestampSizes;
  /** Of the log. */
  readonly checkpoint: ParsedCheckpoint;
  readonly readCheckpoint: ReadCheckpoint;
}

/** Far longer than a question to an authority may take, and a checkpoint wait for witnesses. */
const bareMsMax = 3_600_000;

/** Throws LogFault with the first bad place. The tiles of the newest checkpoint are taken to be right. */
export async function checkTimestamps(source: LogSource, check: TimestampCheck): Promise<TimestampReport> {
  const { authorities, checkpoint, sizes } = check;
  const reader = checkedTileReader(source, checkpoint.size);
  let firstMs: number | undefined;
  let lastMs: number | undefined;
  for (const size of sizes.stamped) {
    const note = await read(source, { size, kind: 'checkpoint' });
    if (authorities === undefined) demandForm(size, note, checkpoint);
    const generatedMs = await generatedMsOf(source, size, note, authorities);
    if (authorities === undefined) continue;
    await demandOwn(size, note, check, reader);
    firstMs ??= generatedMs;
    lastMs = generatedMs;
  }
  const bare = sizes.bare === undefined ? undefined : await checkBare(source, sizes.bare, check, reader);
  const covered = sizes.stamped.at(-1) ?? 0;
  return { count: sizes.stamped.length, areChecked: authorities !== undefined, covered, bare, firstMs, lastMs };
}

/** Its size; undefined where it is gone: a gateway at work here could not keep the token, and tries again. */
async function checkBare(
  source: LogSource,
  size: number,
  check: TimestampCheck,
  reader: TileReader,
): Promise<number | undefined> {
  const note = await source.read(timestampName({ size, kind: 'checkpoint' }));
  if (note === undefined) return undefined;
  if (check.authorities === undefined) demandForm(size, note, check.checkpoint);
  else await demandOwn(size, note, check, reader);
  await demandLatest(source, size, check.checkpoint.size);
  return size;
}

/** The log's own checkpoint, by its signature and its root. */
async function demandOwn(size: number, note: Buffer, check: TimestampCheck, reader: TileReader): Promise<void> {
  const notePath = timestampName({ size, kind: 'checkpoint' });
  const checkpoint = check.readCheckpoint(notePath, note);
  demandSize(notePath, checkpoint, size, check.checkpoint);
  if ((await rootAt(reader, size)).equals(checkpoint.root)) return;
  throw new LogFault(notePath, `its root is not that of the first ${size} entries: the log was rewritten`);
}

/**
 * The token is written at once behind the note: only a crash comes between, and the next start removes the note. So the
 * log does not go on for long behind it, or the token was there.
 */
async function demandLatest(source: LogSource, bare: number, size: number): Promise<void> {
  if (bare >= size) return;
  const timeAt = (index: number) => timeOf(source, index, size);
  // Of two: the one behind it may be a push that was recorded long after it came.
  const beganMs = Math.max(await timeAt(Math.max(0, bare - 1)), await timeAt(bare));
  const wentOnMs = (await timeAt(size - 1)) - beganMs;
  if (!(wentOnMs > bareMsMax)) return;
  const minutes = Math.floor(wentOnMs / 60_000);
  const message = `the file is missing: the log went on for ${minutes} minutes behind its checkpoint, and no crash leaves it so`;
  throw new LogFault(timestampName({ size: bare, kind: 'tsr' }), message);
}

/** NaN where the entry has none. */
async function timeOf(source: LogSource, index: number, size: number): Promise<number> {
  const entry = (await readBundle(source, Math.floor(index / tileWidth), size))[index % tileWidth] as Buffer;
  return Date.parse((JSON.parse(entry.toString()) as Partial<LogEntry>).time ?? '');
}

/** By whom it was signed is asked with the tokens: that may be a key from long ago. */
function demandForm(size: number, note: Buffer, newest: ParsedCheckpoint): void {
  const notePath = timestampName({ size, kind: 'checkpoint' });
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

async function generatedMsOf(
  source: LogSource,
  size: number,
  note: Buffer,
  authorities: Authorities | undefined,
): Promise<number> {
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
