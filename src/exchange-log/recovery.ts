/** Brings the log back to where it stood, step by step in an order that a crash may interrupt anywhere. */

import path from 'node:path';
import type { Checkpoints } from './checkpoints.ts';
import type { SignedHead } from './heads.ts';
import type { LogIdentity, OpenedHead } from './identity.ts';
import type { Integrator } from './integrator.ts';
import { LogDamage } from './store/damage.ts';
import { type Disk, isMissing } from './store/disk.ts';
import { namingFailures } from './store/disk-failure.ts';
import type { Layout } from './store/layout.ts';
import { replaySegments } from './store/replay.ts';
import type { ScannedSegment } from './store/segment.ts';
import { type Segments, seal, startSegments } from './store/segments.ts';
import type { TileStore } from './store/tile-store.ts';
import { rootAt } from './tree/proof.ts';
import type { TileReader } from './tree/stored-hashes.ts';
import { tileWidth } from './tree/tile-path.ts';

export interface LogFolder {
  readonly disk: Disk;
  readonly layout: Layout;
  readonly identity: LogIdentity;
  /** 16 bytes: the mark of the log's segments. */
  readonly logId: Buffer;
}

export interface Replayed {
  /** Entries that were durable and in no checkpoint yet. */
  readonly entries: number;
  /** Bytes of a commit that a crash cut off; nothing in it was acknowledged. */
  readonly tornBytes: number;
  /** The segment that was written to last; undefined where there is none. */
  readonly last: ScannedSegment | undefined;
}

export async function prepareFolder({ disk, layout }: LogFolder): Promise<void> {
  await disk.makeFolder(layout.segments);
  await disk.remove(layout.unfinished);
  await disk.makeFolder(layout.unfinished);
  await disk.syncFolder(layout.folder);
  await disk.syncFolder(path.dirname(layout.folder));
}

/** What the log's own key has signed. */
export interface SignedHeads {
  /** The newest one that others may have seen. */
  readonly checkpoint: OpenedHead;
  /** The newest one of all: the checkpoint itself, or one that waits for its witnesses. */
  readonly head: OpenedHead;
}

/** Undefined where there is none, as in a new log. Throws LogDamage. */
export async function readHeads(folder: LogFolder): Promise<SignedHeads | undefined> {
  const { checkpoint: checkpointFile, head: headFile } = folder.layout;
  const [checkpoint, head] = await Promise.all([readNote(folder, checkpointFile), readNote(folder, headFile)]);
  if (checkpoint === undefined && head !== undefined) throw missingCheckpoint();
  if (checkpoint === undefined) return undefined;
  return { checkpoint, head: head !== undefined && head.size > checkpoint.size ? head : checkpoint };
}

async function readNote({ disk, layout, identity }: LogFolder, file: string): Promise<OpenedHead | undefined> {
  try {
    const note = await disk.read(file);
    return identity.open(note, path.relative(layout.folder, file));
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** A key that was made since signs too, from the start on. */
export async function writeSigned(store: TileStore, { checkpoint, head }: SignedHeads): Promise<void> {
  if (head !== checkpoint && !head.isUnchanged) await store.writeHead(head.note);
  if (!checkpoint.isUnchanged) await store.writeCheckpoint(checkpoint.note);
}

/** The tree behind the newest head begins with the one that others have seen. Throws LogDamage. */
export async function demandContinued(tiles: TileReader, { checkpoint, head }: SignedHeads): Promise<void> {
  if (head.size === checkpoint.size) return;
  if ((await rootAt(tiles, checkpoint.size)).equals(checkpoint.root)) return;
  throw new LogDamage('checkpoint', undefined, `the log is not the one that it signed at ${checkpoint.size} entries`);
}

/** Gives the tree what was durable behind the newest head. Throws LogDamage. */
export async function replay(
  folder: LogFolder,
  found: readonly number[],
  checkpoint: SignedHead | undefined,
  integrator: Integrator,
): Promise<Replayed> {
  const { disk, layout, logId } = folder;
  const size = checkpoint?.size ?? 0;
  let replayed: Replayed = { entries: 0, tornBytes: 0, last: undefined };
  if (checkpoint === undefined) await demandNew(folder, found);
  if (checkpoint === undefined && found.length === 0) return replayed;
  for await (const segment of replaySegments({ disk, layout, logId, found, size })) {
    const tornBytes = segment.broken?.bytes ?? 0;
    if (checkpoint === undefined && segment.entries.length + tornBytes > 0) throw missingCheckpoint();
    // Copies: a view would keep the whole segment in memory.
    const behind = segment.entries.slice(Math.max(0, size - segment.firstIndex)).map((entry) => Buffer.from(entry));
    integrator.add(behind);
    await integrator.room();
    replayed = { entries: replayed.entries + behind.length, tornBytes, last: segment };
  }
  await integrator.caughtUp();
  return replayed;
}

/** A log without a checkpoint is one whose making was cut short, with an empty first segment at most, or it is damaged. */
async function demandNew({ disk, layout }: LogFolder, found: readonly number[]): Promise<void> {
  const tiles = await disk.list(layout.file('tile'));
  if (tiles.length > 0 || found.some((firstIndex) => firstIndex > 0)) throw missingCheckpoint();
}

function missingCheckpoint(): LogDamage {
  return new LogDamage('checkpoint', undefined, 'the file is missing, though the log holds entries');
}

export interface ResumeSetup extends LogFolder {
  readonly segmentBytes: number;
  readonly found: readonly number[];
  readonly replayed: Replayed;
  readonly integrator: Integrator;
  readonly checkpoints: Checkpoints;
  readonly isNew: boolean;
  readonly failed: (error: unknown) => void;
}

/**
 * Signs what was replayed, and publishes it if that needs no witnesses; then opens a new segment. In this order nothing depends on the old segments any more
 * when the first exchange comes: after a sync that failed, what the system reads back from them may not be on disk. In
 * a new log the segment comes first: where there is a checkpoint, there is always a segment.
 */
export async function resume(setup: ResumeSetup): Promise<Segments> {
  const { disk, layout, logId, segmentBytes, integrator, checkpoints, isNew, found, failed } = setup;
  const { last } = setup.replayed;
  if (!isNew) await checkpoints.secure();
  const firstIndex = integrator.size;
  const older = found.filter((index) => index !== firstIndex);
  const segments = await startSegments({ disk, layout, segmentBytes, logId, firstIndex, older, failed });
  try {
    if (isNew) await checkpoints.publish();
    if (last !== undefined && !last.sealed && last.firstIndex !== firstIndex) await retire(setup, last);
    await segments.release(releasable({ size: firstIndex }));
    return segments;
  } catch (error) {
    await segments.close();
    throw error;
  }
}

/** Entries below it are in full bundles that a signed head covers, so that no segment needs to keep them. */
export function releasable({ size }: Pick<SignedHead, 'size'>): number {
  return size - (size % tileWidth);
}

/** Cuts a torn end off, and says in the segment that another one follows. */
async function retire({ disk, layout }: LogFolder, segment: ScannedSegment): Promise<void> {
  const { firstIndex, endOffset: offset, entries } = segment;
  const name = layout.segment(firstIndex);
  const file = namingFailures(await disk.open(name, 'existing'), name);
  await seal(file, { firstIndex, offset, durableOffset: offset, ordinal: entries.length });
}
