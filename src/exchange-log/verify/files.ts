/** Looks through the files of a log for those that no log of that size has. */

import { setTimeout as sleep } from 'node:timers/promises';
import { parseKeyRecord } from '../key-record.ts';
import { parseBundle } from '../store/bundle.ts';
import { keyRecordName, parseTimestampName } from '../store/layout.ts';
import { hashBytes } from '../tree/hash.ts';
import { levelWidth, parseTilePath, type TileAddress, tilePath, tileWidth } from '../tree/tile-path.ts';
import { LogFault } from './log-fault.ts';
import type { LogSource } from './log-source.ts';

export interface FileCensus {
  readonly count: number;
  /** Of them, written for a checkpoint that is still to come. */
  readonly ahead: number;
  readonly aheadFiles: readonly TileAddress[];
}

/**
 * Throws LogFault for a file that is not a log's, one that disagrees with what was checked, and one that
 * stands apart from all others. Undefined where the source cannot list its files.
 */
export async function checkFiles(source: LogSource, size: number): Promise<FileCensus | undefined> {
  const files = source.list();
  if (files === undefined) return undefined;
  const ahead: TileAddress[] = [];
  let count = 0;
  for await (const path of files) {
    count += 1;
    if (path === 'checkpoint' || parseTimestampName(path) !== undefined) continue;
    if (path === keyRecordName) {
      await demandKeyRecord(source);
      continue;
    }
    const address = parseTilePath(path);
    if (address === undefined) throw new LogFault(path, 'no file of a log has this name');
    const held = heldIn(address, size);
    if (address.width > held) ahead.push(address);
    if (held > 0 && address.width !== held) await demandAgreement(source, address, held);
  }
  await demandContiguous(source, ahead, size);
  return { count, ahead: ahead.length, aheadFiles: ahead };
}

/** It is read at the start of a gateway alone, where a damaged one would come too late. */
async function demandKeyRecord(source: LogSource): Promise<void> {
  try {
    parseKeyRecord((await source.read(keyRecordName)) ?? Buffer.alloc(0));
  } catch (error) {
    throw new LogFault(keyRecordName, 'it is not as it was written', error);
  }
}

/** Hashes or entries that a log of that size has in the tile. */
function heldIn({ level, index }: TileAddress, size: number): number {
  const width = levelWidth(size, level === 'entries' ? 0 : level) - index * tileWidth;
  return Math.max(0, Math.min(tileWidth, width));
}

/** The file of an earlier checkpoint, or of one to come, agrees with the one that was checked as far as both go. */
async function demandAgreement(source: LogSource, address: TileAddress, held: number): Promise<void> {
  const { level, index, width } = address;
  const path = tilePath(level, index, width);
  const checkedPath = tilePath(level, index, held);
  const [content, checked] = await Promise.all([source.read(path), source.read(checkedPath)]);
  // Either may go while a gateway is at work here: the full tile has come.
  if (content === undefined || checked === undefined) return;
  if (countIn(level, content) !== width) throw new LogFault(path, `it does not hold ${width} whole hashes or entries`);
  const common = Math.min(content.byteLength, checked.byteLength);
  if (content.subarray(0, common).equals(checked.subarray(0, common))) return;
  throw new LogFault(path, `it is not the beginning of the same tile as ${checkedPath}`);
}

/** NaN where the last one is cut off. */
function countIn(level: TileAddress['level'], content: Buffer): number {
  if (level !== 'entries') return content.byteLength % hashBytes === 0 ? content.byteLength / hashBytes : Number.NaN;
  try {
    return parseBundle(content).length;
  } catch {
    return Number.NaN;
  }
}

/** Every entry is in a segment before it is in a tile. Throws LogFault for a file that the `end` durable entries cannot fill. */
export function demandDurable(ahead: readonly TileAddress[], end: number): void {
  for (const { level, index, width } of ahead) {
    if (index * tileWidth + width <= levelWidth(end, level === 'entries' ? 0 : level)) continue;
    throw new LogFault(tilePath(level, index, width), `the log and its segments hold ${end} entries: too few for it`);
  }
}

/** A gateway at work here writes several files at once, and a listing misses some of what comes while it is read. */
const attemptsMax = 10;
const attemptAfterMs = 200;

/** What a running gateway has written ahead follows on the checkpoint without a gap, or the gap is filled soon. */
async function demandContiguous(source: LogSource, ahead: readonly TileAddress[], size: number): Promise<void> {
  for (const [level, files] of Map.groupBy(ahead, (address) => address.level)) {
    let next = Math.floor(levelWidth(size, level === 'entries' ? 0 : level) / tileWidth);
    for (const { index, width } of files.toSorted((a, b) => a.index - b.index)) {
      for (; next < index; next += 1) {
        if (await comes(source, tilePath(level, next))) continue;
        throw new LogFault(tilePath(level, index, width), `the log has ${size} entries and no such file`);
      }
      next = index + 1;
    }
  }
}

async function comes(source: LogSource, path: string): Promise<boolean> {
  for (let attempt = 1; attempt <= attemptsMax; attempt += 1) {
    if ((await source.read(path)) !== undefined) return true;
    await sleep(attemptAfterMs);
  }
  return false;
}
