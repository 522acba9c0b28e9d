/** Reads a log back from its files, as another process may while the gateway runs: entries that wait for their sync are there too. */

import { open, readdir, readFile } from 'node:fs/promises';
import { parseBundle } from '../../src/exchange-log/store/bundle.ts';
import { layoutOf, parseSegmentName } from '../../src/exchange-log/store/layout.ts';
import {
  frameCommit,
  readEntry,
  readHeader,
  recordExtraBytes,
  recordHeaderBytes,
  sectorBytes,
} from '../../src/exchange-log/store/record.ts';
import { segmentHeaderBytes } from '../../src/exchange-log/store/segment.ts';
import { tilePath, tileWidth } from '../../src/exchange-log/tree/tile-path.ts';

export interface WalkedSegment {
  readonly entries: Buffer[];
  /** Bytes at which the records start. */
  readonly offsets: number[];
  readonly endOffset: number;
}

/** Entries in order. Segments first: what is gone from them by then is in the bundles. */
export async function readLogFiles(folder: string): Promise<Buffer[]> {
  const recent = await readSegments(folder);
  const entries: Buffer[] = [];
  for (let index = 0; index * tileWidth === entries.length; index += 1) {
    const from = index * tileWidth;
    const missing = Array.from({ length: tileWidth }, (_one, ordinal) => from + ordinal).findIndex(
      (at) => !recent.has(at),
    );
    const bundle = missing === -1 ? [] : await readBundle(folder, index);
    for (let at = from; at < from + tileWidth; at += 1) {
      const entry = recent.get(at) ?? bundle[at - from];
      if (entry === undefined) return entries;
      entries.push(entry);
    }
  }
  return entries;
}

/** Leaves what a crash in the middle of a commit leaves: whole sectors, and the last one missing. */
export async function appendTornRecord(folder: string, entry: string): Promise<void> {
  const layout = layoutOf(folder);
  const [firstIndex = 0] = (await listSegments(folder)).slice(-1);
  const { entries, endOffset } = await walkSegment(folder, firstIndex);
  const bytes = Buffer.from(entry);
  const record = Buffer.alloc(recordExtraBytes + bytes.byteLength);
  record.set(bytes, recordHeaderBytes);
  const place = { firstIndex, offset: endOffset, durableOffset: endOffset, ordinal: entries.length };
  frameCommit(record, [bytes], place);
  const file = await open(layout.segment(firstIndex), 'r+');
  const end = endOffset + record.byteLength;
  await file.write(record, 0, end - (end % sectorBytes || sectorBytes) - endOffset, endOffset);
  await file.close();
}

async function readSegments(folder: string): Promise<Map<number, Buffer>> {
  const all = new Map<number, Buffer>();
  for (const firstIndex of await listSegments(folder)) {
    const { entries } = await walkSegment(folder, firstIndex);
    for (const [ordinal, entry] of entries.entries()) all.set(firstIndex + ordinal, entry);
  }
  return all;
}

/** First indexes, ascending. */
export async function listSegments(folder: string): Promise<number[]> {
  const names = await readdir(layoutOf(folder).segments);
  return names
    .map(parseSegmentName)
    .filter((index) => index !== undefined)
    .sort((a, b) => a - b);
}

/** Whole records from the start, and the byte behind them. */
export async function walkSegment(folder: string, firstIndex: number): Promise<WalkedSegment> {
  const content = await readFile(layoutOf(folder).segment(firstIndex)).catch(() => Buffer.alloc(0));
  const entries: Buffer[] = [];
  const offsets: number[] = [];
  let endOffset = segmentHeaderBytes;
  for (;;) {
    const header = readHeader(content, endOffset, firstIndex);
    const entry = header?.kind === 'entry' ? readEntry(content, endOffset, header) : undefined;
    if (entry === undefined) return { entries, offsets, endOffset };
    entries.push(entry);
    offsets.push(endOffset);
    endOffset += recordExtraBytes + entry.byteLength;
  }
}

async function readBundle(folder: string, index: number): Promise<Buffer[]> {
  const layout = layoutOf(folder);
  const full = layout.file(tilePath('entries', index));
  const widths = (await readdir(`${full}.p`).catch(() => [])).map(Number);
  const newest = widths.length === 0 ? full : `${full}.p/${Math.max(...widths)}`;
  const content = await readFile(full).catch(() => readFile(newest).catch(() => Buffer.alloc(0)));
  return parseBundle(content);
}
