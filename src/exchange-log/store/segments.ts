/** The write-ahead log: segments that are made and filled with zeros before they are needed, so that a sync writes data only. */

import path from 'node:path';
import type { Disk, DiskFile } from './disk.ts';
import { namingFailures } from './disk-failure.ts';
import type { Layout } from './layout.ts';
import { type CommitPlace, encodeSeal, recordHeaderBytes } from './record.ts';
import { encodeSegmentHeader, segmentHeaderBytes } from './segment.ts';

/** Appends commits, one at a time; owns the open segment. */
export interface Segments {
  /** Where the next commit goes. */
  readonly place: CommitPlace;
  /** Bytes of records that the present segment still takes. */
  readonly roomBytes: number;
  append(content: Uint8Array, entryCount: number): Promise<void>;
  /** What was appended is durable when this resolves. */
  sync(): Promise<void>;
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

const fillBytes = 1 << 20;
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

  async function open(firstIndex: number): Promise<DiskFile> {
    const { file: unnamed, path: unfinished } = await (prepared ?? prepare());
    const file = namingFailures(unnamed, layout.segment(firstIndex));
    prepared = undefined;
    try {
      await file.write(encodeSegmentHeader({ firstIndex, logId, segmentBytes }), 0);
      await file.sync();
      await disk.rename(unfinished, layout.segment(firstIndex));
      await disk.syncFolder(layout.segments);
      return file;
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  let place: CommitPlace = { firstIndex: setup.firstIndex, offset: segmentHeaderBytes, ordinal: 0 };
  let present = await open(place.firstIndex);

  return {
    get place() {
      return place;
    },
    get roomBytes() {
      return segmentBytes - recordHeaderBytes - place.offset;
    },
    async append(content, entryCount) {
      await present.write(content, place.offset);
      place = { ...place, offset: place.offset + content.byteLength, ordinal: place.ordinal + entryCount };
      if (place.offset > segmentBytes / 2) prepared ??= prepare();
    },
    sync: () => present.sync(),
    async turn() {
      const full = { file: present, place };
      const firstIndex = place.firstIndex + place.ordinal;
      present = await open(firstIndex);
      place = { firstIndex, offset: segmentHeaderBytes, ordinal: 0 };
      older.push(full.place.firstIndex);
      await seal(full.file, full.place);
    },
    async release(index) {
      while (older.length > 0 && (older[1] ?? place.firstIndex) <= index) {
        await disk.remove(layout.segment(older[0] as number));
        older.shift();
      }
    },
    async close() {
      await present.close();
      const unused = await prepared?.catch(() => undefined);
      if (unused === undefined) return;
      await unused.file.close();
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
    await file.truncate(place.offset + content.byteLength);
    await file.sync();
  } finally {
    await file.close();
  }
}

interface PreparedSegment {
  readonly file: DiskFile;
  readonly path: string;
}

/** Written, not merely reserved: a sync into blocks that were never written must record each of them as well. */
async function prepareSegment(disk: Disk, path: string, segmentBytes: number): Promise<PreparedSegment> {
  const unnamed = await disk.open(path, 'new');
  const file = namingFailures(unnamed, path);
  try {
    const zeros = Buffer.alloc(Math.min(fillBytes, segmentBytes));
    for (let offset = 0; offset < segmentBytes; offset += zeros.byteLength) {
      await file.write(zeros.subarray(0, segmentBytes - offset), offset);
    }
    await file.sync();
    return { file: unnamed, path };
  } catch (error) {
    await file.close();
    throw error;
  }
}
