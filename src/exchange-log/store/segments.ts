/** The write-ahead log: segments that are made and filled with zeros before they are needed, so that a sync writes data only. */

import path from 'node:path';
import type { Disk, DiskFile } from './disk.ts';
import { namingFailures } from './disk-failure.ts';
import type { Layout } from './layout.ts';
import { closeAll, laneOf, type PreparedSegment, prepareSegment } from './prepared-segment.ts';
import { type CommitPlace, encodeSeal, recordHeaderBytes } from './record.ts';
import { encodeSegmentHeader, segmentHeaderBytes } from './segment.ts';

/** Appends commits; owns the open segment. */
export interface Segments {
  /** Where the next commit goes. */
  readonly place: CommitPlace;
  /** Bytes of records that the present segment still takes. */
  readonly roomBytes: number;
  /**
   * Resolves when the commit is durable and so are all before it; rejects where one of them is not. Of `lanesMax` at a
   * time, so that the next one is written while the disk still syncs the one before.
   */
  append(content: Uint8Array, entryCount: number): Promise<void>;
  /** Goes on in a new segment; every commit must be durable. */
  turn(): Promise<void>;
  /** Removes segments of which every entry is below that index. */
  release(index: number): Promise<void>;
  close(): Promise<void>;
}

export interface SegmentsSetup {
  readonly disk: Disk;
  readonly layout: Layout;
  /** Size of a segment file, bytes. */
  readonly segmentBytes: number;
  readonly logId: Buffer;
  /** Of the first entry to come; a segment of that name holds nothing and is replaced. */
  readonly firstIndex: number;
  /** First indexes of the segments before, ascending. */
  readonly older: readonly number[];
  /** The next segment could not be made. */
  readonly failed: (error: unknown) => void;
}

const noContent = segmentHeaderBytes + recordHeaderBytes;

/** The largest record that a segment of that size takes. */
export const recordBytesMax = (segmentBytes: number) => segmentBytes - noContent;

/** Makes a segment for what comes next: one that was written to before a restart is never trusted again. */
export async function startSegments(setup: SegmentsSetup): Promise<Segments> {
  const { disk, layout, segmentBytes, logId } = setup;
  const older = [...setup.older];
  let prepared: Promise<PreparedSegment> | undefined;
  let made = 0;

  function prepare(): Promise<PreparedSegment> {
    const preparing = prepareSegment(disk, path.join(layout.unfinished, `segment-${made++}`), segmentBytes);
    preparing.catch(setup.failed);
    return preparing;
  }

  async function open(firstIndex: number): Promise<readonly DiskFile[]> {
    const { lanes: unnamed, path: unfinished } = await (prepared ?? prepare());
    const lanes = unnamed.map((lane) => namingFailures(lane, layout.segment(firstIndex)));
    prepared = undefined;
    try {
      await laneOf(lanes, 0).write(encodeSegmentHeader({ firstIndex, logId, segmentBytes }), 0);
      await disk.rename(unfinished, layout.segment(firstIndex));
      await disk.syncFolder(layout.segments);
      return lanes;
    } catch (error) {
      await closeAll(lanes);
      throw error;
    }
  }

  let lanes = await open(setup.firstIndex);
  let place = startOf(setup.firstIndex);
  let commits = 0;
  const writing = new Set<Promise<void>>();
  let inOrder = Promise.resolve();

  async function write(content: Uint8Array, offset: number): Promise<void> {
    const written = laneOf(lanes, commits++).write(content, offset);
    writing.add(written);
    try {
      await written;
    } finally {
      writing.delete(written);
    }
  }

  return {
    get place() {
      return place;
    },
    get roomBytes() {
      return segmentBytes - recordHeaderBytes - place.offset;
    },
    append(content, entryCount) {
      const { offset } = place;
      const end = offset + content.byteLength;
      place = { ...place, offset: end, ordinal: place.ordinal + entryCount };
      inOrder = Promise.all([inOrder, write(content, offset)]).then(() => {
        place = { ...place, durableOffset: end };
      });
      if (place.offset > segmentBytes / 2) prepared ??= prepare();
      return inOrder;
    },
    async turn() {
      const full = { lanes, place };
      const firstIndex = place.firstIndex + place.ordinal;
      lanes = await open(firstIndex);
      place = startOf(firstIndex);
      older.push(full.place.firstIndex);
      await closeAll(full.lanes.slice(1));
      await seal(laneOf(full.lanes, 0), full.place);
    },
    async release(index) {
      while (older.length > 0 && (older[1] ?? place.firstIndex) <= index) {
        await disk.remove(layout.segment(older[0] as number));
        older.shift();
      }
    },
    async close() {
      // A descriptor that is closed under a write may be another file's by then.
      await Promise.allSettled(writing);
      await closeAll(lanes);
      const unused = await prepared?.catch(() => undefined);
      if (unused === undefined) return;
      await closeAll(unused.lanes);
      // If it stays, the next start removes it.
      await disk.remove(unused.path).catch(() => undefined);
    },
  };
}

/** Ends a segment that another one follows, and closes it: from now on a missing successor is noticed. */
export async function seal(file: DiskFile, place: CommitPlace): Promise<void> {
  try {
    const content = encodeSeal(place);
    await file.write(content, place.offset);
    // Cut before the seal is durable, the file could not be told from one that was cut by somebody else.
    await file.sync();
    await file.truncate(place.offset + content.byteLength);
    await file.sync();
  } finally {
    await file.close();
  }
}

const startOf = (firstIndex: number): CommitPlace => {
  return { firstIndex, offset: segmentHeaderBytes, durableOffset: segmentHeaderBytes, ordinal: 0 };
};
