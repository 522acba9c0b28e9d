/** Reads the segments that hold what no checkpoint covers yet, in order, and refuses every gap and all damage but a torn end. */

import path from 'node:path';
import { LogDamage } from './damage.ts';
import { type Disk, isMissing } from './disk.ts';
import { type Layout, parseSegmentName } from './layout.ts';
import { type ScannedSegment, scanSegment } from './segment.ts';

export interface ReplaySetup {
  readonly disk: Disk;
  readonly layout: Layout;
  readonly logId: Buffer;
  /** First indexes of the segments that there are, ascending. */
  readonly found: readonly number[];
  /** Entries that the checkpoint covers. */
  readonly size: number;
  /** Everything, for a check: segments whose entries it covers all, too, and what takes nothing away but is not as it was written. */
  readonly isCheck?: boolean;
}

/** First indexes, ascending. */
export async function listSegments(disk: Disk, layout: Layout): Promise<number[]> {
  const names = await disk.list(layout.segments);
  return names
    .map(parseSegmentName)
    .filter((index) => index !== undefined)
    .sort((a, b) => a - b);
}

/** One segment at a time, from the one in which the entry behind the checkpoint stands, or from the first. Throws LogDamage. */
export async function* replaySegments({
  disk,
  layout,
  logId,
  found,
  size,
  isCheck = false,
}: ReplaySetup): AsyncGenerator<ScannedSegment> {
  const start = found.findLastIndex((firstIndex) => firstIndex <= size);
  if (start === -1) {
    const holds =
      found.length === 0
        ? 'there is no segment (a backup needs segments/, too)'
        : `the first segment begins with entry ${found[0]}`;
    throw new LogDamage(nameOf(layout, size), undefined, `${holds}, though the checkpoint covers ${size} entries`);
  }
  for (const [position, firstIndex] of found.entries()) {
    if (position < start && !isCheck) continue;
    const file = nameOf(layout, firstIndex);
    const content = await disk.read(layout.segment(firstIndex)).catch((error: unknown) => {
      // A gateway at work here releases what a checkpoint covers wholly.
      if (position < start && isMissing(error)) return undefined;
      throw error;
    });
    if (content === undefined) continue;
    const segment = scanSegment(file, content, { firstIndex, logId });
    demandWhole(file, segment);
    const next = found[position + 1];
    if (next === undefined) demandLast(layout, file, segment, size);
    else demandFollowed(file, segment, next);
    if (isCheck) demandUntouched(file, segment, next !== undefined);
    yield segment;
  }
}

function demandWhole(file: string, { broken, endOffset }: ScannedSegment): void {
  if (broken?.kind === 'damaged') throw new LogDamage(file, endOffset, broken.message);
}

/**
 * A torn end is cut off only where nothing in it can have been acknowledged. The file is as long as it was made: a
 * segment is renamed to its place when it is whole, and cut only by a seal, which waits for the next one to be there.
 */
function demandLast(layout: Layout, file: string, segment: ScannedSegment, size: number): void {
  const { firstIndex, entries, endOffset, sealed, missingBytes } = segment;
  const end = firstIndex + entries.length;
  if (!sealed && missingBytes > 0) {
    const cut = `the file was cut off: ${missingBytes} bytes are missing, and entries from ${end} on may have been in them`;
    throw new LogDamage(file, endOffset, `${cut}; restore it from a backup`);
  }
  if (end < size) {
    const lost = `the segment ends before entry ${end}, though the checkpoint covers ${size} entries`;
    throw new LogDamage(file, endOffset, lost);
  }
  if (sealed) throw new LogDamage(nameOf(layout, end), undefined, `the segment is missing; it follows ${file}`);
}

function demandFollowed(file: string, { firstIndex, entries, endOffset }: ScannedSegment, next: number): void {
  const end = firstIndex + entries.length;
  if (end === next) return;
  throw new LogDamage(file, endOffset, `the segment ends before entry ${end}, and the next one begins with ${next}`);
}

/** A crash may come before the seal, and the file is then as long as it was made: it is cut only once the seal is durable. */
function demandUntouched(
  file: string,
  { endOffset, sealed, missingBytes, broken }: ScannedSegment,
  isFollowed: boolean,
) {
  if (isFollowed && !sealed && missingBytes > 0) {
    throw new LogDamage(file, endOffset, 'the seal is broken, or cut off; all entries before it are whole');
  }
  if (broken?.kind === 'stray') throw new LogDamage(file, endOffset, broken.message);
}

/** As the operator finds it in the folder of the log. */
function nameOf(layout: Layout, firstIndex: number): string {
  return path.relative(layout.folder, layout.segment(firstIndex));
}
