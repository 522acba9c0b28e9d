/** Checks a whole log from its first entry up to its signed checkpoint, in one pass and little memory. */

import type { ParsedCheckpoint } from '../note/checkpoint.ts';
import { demandCosigners, noWitnesses, type TrustedWitnesses, type Vouching } from '../note/cosigners.ts';
import type { VerifierKey } from '../note/keys.ts';
import { parseBundle } from '../store/bundle.ts';
import type { Authorities } from '../timestamps/authorities.ts';
import { leafHash } from '../tree/hash.ts';
import { createTreeEdge } from '../tree/incremental.ts';
import { type TileAddress, tilePath, tileWidth } from '../tree/tile-path.ts';
import { checkFiles, demandDurable, type FileCensus } from './files.ts';
import { checkInnerFiles } from './inner-files.ts';
import { listTimestamps } from './list-timestamps.ts';
import { LogFault } from './log-fault.ts';
import { type LogSource, readTile } from './log-source.ts';
import { readAhead } from './read-ahead.ts';
import { inFile, type ReadCheckpoint, readCheckpoint } from './read-checkpoint.ts';
import { checkSegments, type SegmentReport } from './segments.ts';
import type { SubjectCheck } from './subject-check.ts';
import { createTileCheck } from './tile-check.ts';
import { checkTimestamps, type TimestampReport } from './timestamps.ts';
import { listEvidence } from './unnamed-evidence.ts';

export interface VerifyOptions {
  /** The log's key; without it the checkpoint's signature is not checked. */
  readonly verifier: VerifierKey | undefined;
  /** Further keys of the log, from before it was given another one: what any of them signed is the log's. */
  readonly otherVerifiers?: readonly VerifierKey[];
  /** Whose cosignatures the checkpoint must carry. */
  readonly witnesses?: TrustedWitnesses;
  /** An older checkpoint of the same log, which this one must continue. */
  readonly older: Uint8Array | undefined;
  /** Also checks that the entries about each subject are numbered without gap or repeat. */
  readonly subjects?: SubjectCheck | undefined;
  /** Whose timestamps are believed; without them each token is held against its checkpoint alone. */
  readonly authorities?: Authorities | undefined;
  /** Looks into each entry besides, once its bundle fits the tile over it. Throws LogFault. */
  readonly inspect?: ((entry: Buffer) => Promise<void>) | undefined;
  /** Entries checked so far, of how many. */
  readonly progress: (done: number, total: number) => void;
}

export interface LogReport {
  readonly checkpoint: ParsedCheckpoint;
  readonly vouching: Vouching;
  readonly older: ParsedCheckpoint | undefined;
  /** Undefined where the source cannot list its files. */
  readonly files: FileCensus | undefined;
  /** Undefined where there is no write-ahead log, as on a web server. */
  readonly segments: SegmentReport | undefined;
  /** Undefined where the source does not tell of any. */
  readonly timestamps: TimestampReport | undefined;
  /** Names in `evidence/` of files that no entry names; undefined where the source has none of these files, as on a web server. */
  readonly unnamedEvidence: readonly string[] | undefined;
}

/**
 * Entries → leaf hashes → tiles of every level → root → checkpoint, then the files that should not be there. Throws
 * LogFault with the first bad place; Error where the source cannot be read.
 */
export async function verifyLog(source: LogSource, options: VerifyOptions): Promise<LogReport> {
  const { verifier, otherVerifiers, authorities } = options;
  const read: ReadCheckpoint = (path, note) => readCheckpoint(path, note, verifier, otherVerifiers);
  // Before the checkpoint is read: a gateway at work here has stamped none that is newer than that, nor begun other evidence.
  const sizes = await listTimestamps(source);
  const evidence = source.evidence === undefined ? undefined : await listEvidence(source.evidence);
  const note = await source.read('checkpoint');
  if (note === undefined) throw new LogFault('checkpoint', 'the file is missing');
  const checkpoint = read('checkpoint', note);
  const vouching = inFile('checkpoint', () =>
    demandCosigners(note, checkpoint.origin, options.witnesses ?? noWitnesses),
  );
  const older = options.older && read('the older checkpoint', options.older);
  if (older !== undefined) demandSuccession(older, checkpoint);
  const { size } = checkpoint;
  const edge = createTreeEdge();
  const tiles = createTileCheck(source, checkpoint);
  const demandRoot = ({ size: at, root }: ParsedCheckpoint, message: string) => {
    if (edge.size === at && !edge.root().equals(root)) throw new LogFault('checkpoint', message);
  };

  const rewritten = `the log is not the one that the older checkpoint signed at ${older?.size} entries`;
  if (older !== undefined) demandRoot(older, rewritten);
  for await (const { address, path, content } of bundles(source, size)) {
    const first = edge.size;
    const entries = entriesOf(path, content, address);
    for (const entry of entries) {
      await tiles.add(edge.append(leafHash(entry)));
      if (older !== undefined) demandRoot(older, rewritten);
    }
    if (edge.size === size) await tiles.end();
    // Only now: what a damaged entry says leads to a place that is sound.
    for (const [nth, entry] of entries.entries()) {
      options.subjects?.add(path, first + nth, entry);
      evidence?.add(entry);
      await options.inspect?.(entry);
    }
    options.progress(edge.size, size);
  }
  demandRoot(checkpoint, `its root is not that of the ${size} entries`);
  const timestamps = sizes && (await checkTimestamps(source, { authorities, sizes, checkpoint, readCheckpoint: read }));
  const files = await checkFiles(source, size);
  if (source.folder !== undefined) await checkInnerFiles(source.folder);
  // After the files: what a gateway at work here has written into them by then is in the segments.
  const segments = await checkSegments(source, checkpoint, read, evidence?.add);
  if (files !== undefined && segments !== undefined) demandDurable(files.aheadFiles, segments.end);
  return { checkpoint, vouching, older, files, segments, timestamps, unnamedEvidence: evidence?.end() };
}

function demandSuccession(older: ParsedCheckpoint, newer: ParsedCheckpoint): void {
  if (older.origin !== newer.origin) {
    throw new LogFault('checkpoint', `it is of "${newer.origin}", the older one of "${older.origin}"`);
  }
  if (older.size > newer.size) {
    throw new LogFault(
      'checkpoint',
      `it covers ${newer.size} entries, the older one ${older.size}: the log has shrunk`,
    );
  }
}

interface ReadBundle {
  readonly address: TileAddress;
  readonly path: string;
  readonly content: Buffer;
}

function bundles(source: LogSource, size: number): AsyncIterable<ReadBundle> {
  const count = Math.ceil(size / tileWidth);
  return readAhead(count, source.readAhead, async (index) => {
    const address = { level: 'entries' as const, index, width: Math.min(tileWidth, size - index * tileWidth) };
    return { address, ...(await readTile(source, address)) };
  });
}

function entriesOf(path: string, content: Buffer, { level, index, width }: TileAddress): Buffer[] {
  let entries: Buffer[];
  try {
    entries = parseBundle(content);
  } catch (error) {
    throw new LogFault(path, (error as Error).message, error);
  }
  const expected = path === tilePath(level, index) ? tileWidth : width;
  if (entries.length === expected) return entries.slice(0, width);
  throw new LogFault(path, `it holds ${entries.length} entries instead of ${expected}`);
}
