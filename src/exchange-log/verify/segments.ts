/** Checks the write-ahead log of a folder: what is durable behind the newest head, and that it goes on from there. */

import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseKeyRecord } from '../key-record.ts';
import type { ParsedCheckpoint } from '../note/checkpoint.ts';
import { LogDamage } from '../store/damage.ts';
import { isMissing, realDisk } from '../store/disk.ts';
import { keyRecordName, type Layout, layoutOf, parseSegmentName } from '../store/layout.ts';
import { listSegments, replaySegments } from '../store/replay.ts';
import { logIdIn, type ScannedSegment } from '../store/segment.ts';
import { rootAt } from '../tree/proof.ts';
import { tileWidth } from '../tree/tile-path.ts';
import { readBundle } from './entry-files.ts';
import { LogFault } from './log-fault.ts';
import type { LogSource } from './log-source.ts';
import type { ReadCheckpoint } from './read-checkpoint.ts';
import { tileReader } from './tile-reader.ts';

export interface SegmentReport {
  /** Files that were read. */
  readonly count: number;
  /** Entries behind the newest head; no signature covers them yet. */
  readonly pending: number;
  /** Entries that are durable, signed or not. */
  readonly end: number;
}

interface SegmentCheck {
  readonly checkpoint: ParsedCheckpoint;
  readonly read: ReadCheckpoint;
  readonly eachBehind: (entry: Buffer) => void;
}

/** A gateway at work here turns segments over, and is in the middle of a write, while they are read. */
const attemptsMax = 4;
const attemptAfterMs = 200;

/**
 * Undefined where the source has no write-ahead log. Throws LogFault.
 *
 * @param eachBehind is given the entries that the checkpoint does not cover, some of them more than once.
 */
export async function checkSegments(
  source: LogSource,
  checkpoint: ParsedCheckpoint,
  read: ReadCheckpoint,
  eachBehind: (entry: Buffer) => void = () => undefined,
): Promise<SegmentReport | undefined> {
  if (source.folder === undefined) return undefined;
  const layout = layoutOf(source.folder);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await checkOnce(source, layout, { checkpoint, read, eachBehind });
    } catch (error) {
      const isTransient = error instanceof LogDamage || error instanceof LogFault || isMissing(error);
      if (attempt === attemptsMax || !isTransient) throw asFault(error);
      await sleep(attemptAfterMs);
    }
  }
}

function asFault(error: unknown): unknown {
  if (!(error instanceof LogDamage)) return error;
  const { file, offset } = error;
  const message = error.message.slice(error.message.indexOf(`${file}`) + file.length).replace(/^(, byte \d+)?: /, '');
  return new LogFault(file, offset === undefined ? message : `byte ${offset}: ${message}`, error);
}

async function checkOnce(
  source: LogSource,
  layout: Layout,
  { checkpoint, read, eachBehind }: SegmentCheck,
): Promise<SegmentReport | undefined> {
  const found = await listSegments(realDisk, layout);
  const { size } = await newestHead(source, checkpoint, read);
  if (found.length === 0) return undefined;
  const logId = await logIdOf(source, layout, found[0] as number);
  let pending = 0;
  let count = 0;
  try {
    for await (const segment of replaySegments({ disk: realDisk, layout, logId, found, size, withCovered: true })) {
      await demandSame(source, layout, segment, size);
      for (const entry of segment.entries.slice(Math.max(0, checkpoint.size - segment.firstIndex))) eachBehind(entry);
      pending += Math.max(0, segment.firstIndex + segment.entries.length - Math.max(size, segment.firstIndex));
      count += 1;
    }
  } catch (error) {
    // What was missing when the folder was listed has come since: all before it was read.
    const isAtWork = error instanceof LogDamage && (await hasCome(source, layout, error.file, found));
    if (!isAtWork) throw error;
  }
  return { count, pending, end: size + pending };
}

async function hasCome(source: LogSource, layout: Layout, file: string, found: readonly number[]): Promise<boolean> {
  const firstIndex = parseSegmentName(path.relative(layout.segments, layout.file(file)));
  return firstIndex !== undefined && !found.includes(firstIndex) && (await source.read(file)) !== undefined;
}

/** As it is by now: a gateway at work here releases segments behind it. It may wait for witnesses, unpublished. */
async function newestHead(
  source: LogSource,
  checkpoint: ParsedCheckpoint,
  read: ReadCheckpoint,
): Promise<ParsedCheckpoint> {
  let newest = checkpoint;
  for (const name of ['checkpoint', 'segments/head']) {
    const note = await source.read(name);
    const head = note && read(name, note);
    if (head === undefined || head.size <= newest.size) continue;
    if (head.origin !== checkpoint.origin) throw new LogFault(name, `it is of "${head.origin}"`);
    if (!(await rootAt(tileReader(source), head.size)).equals(head.root)) {
      throw new LogFault(name, `its root is not that of the ${head.size} entries`);
    }
    newest = head;
  }
  return newest;
}

/** Of the record of keys; a folder from before there was one names it in each segment alike. */
async function logIdOf(source: LogSource, layout: Layout, firstIndex: number): Promise<Buffer> {
  const record = await source.read(keyRecordName);
  if (record !== undefined) return Buffer.from(parseKeyRecord(record).logId, 'hex');
  return logIdIn(await realDisk.read(layout.segment(firstIndex)));
}

/** What the tree holds already is the same in both places. */
async function demandSame(source: LogSource, layout: Layout, segment: ScannedSegment, size: number): Promise<void> {
  const { firstIndex, entries } = segment;
  const file = path.relative(layout.folder, layout.segment(firstIndex));
  const end = Math.min(size, firstIndex + entries.length);
  for (let index = firstIndex; index < end; ) {
    const bundle = await readBundle(source, Math.floor(index / tileWidth), size);
    const first = index - (index % tileWidth);
    for (; index < Math.min(end, first + tileWidth); index += 1) {
      if (bundle[index - first]?.equals(entries[index - firstIndex] as Buffer)) continue;
      throw new LogFault(file, `entry ${index} is not the one in the tree`);
    }
  }
}
