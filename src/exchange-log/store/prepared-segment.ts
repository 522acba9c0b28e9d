/** A segment's file before it has a place in the log: filled, and opened for every commit that may be on its way at once. */

import type { Disk, DiskFile } from './disk.ts';
import { namingFailures } from './disk-failure.ts';

export interface PreparedSegment {
  /**
   * The same file, opened once for each commit on its way: the system tells each descriptor of a write that failed, but
   * each only once, so that on a shared one a commit could take the word that was meant for another.
   */
  readonly lanes: readonly DiskFile[];
  readonly path: string;
}

/** Commits on their way to the disk at once. */
export const lanesMax = 2;

const fillBytes = 1 << 20;

/** Written, not merely reserved: a sync into blocks that were never written must record each of them as well. */
export async function prepareSegment(disk: Disk, path: string, segmentBytes: number): Promise<PreparedSegment> {
  const file = namingFailures(await disk.open(path, 'new'), path);
  try {
    const zeros = Buffer.alloc(Math.min(fillBytes, segmentBytes));
    for (let offset = 0; offset < segmentBytes; offset += zeros.byteLength) {
      await file.write(zeros.subarray(0, segmentBytes - offset), offset);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  const lanes: DiskFile[] = [];
  try {
    for (let lane = 0; lane < lanesMax; lane += 1) lanes.push(await disk.open(path, 'existing', 'each-durable'));
  } catch (error) {
    await closeAll(lanes);
    throw error;
  }
  return { lanes, path };
}

/** Commits take the descriptors in turn. */
export const laneOf = (lanes: readonly DiskFile[], commit: number) => lanes[commit % lanes.length] as DiskFile;

export async function closeAll(lanes: readonly DiskFile[]): Promise<void> {
  for (const lane of lanes) await lane.close();
}
