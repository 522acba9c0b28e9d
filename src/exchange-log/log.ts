/** The exchange log: a C2SP tlog-tiles transparency log behind a write-ahead log, on plain files that one process owns. */

import type { Clock, ExchangeLog } from '../exchange/ports.ts';
import { Problem } from '../problems.ts';
import { type Checkpoints, createCheckpoints } from './checkpoints.ts';
import type { Cosigning } from './cosigning.ts';
import { createFirstFailure, type FirstFailure } from './first-failure.ts';
import { copyingHeads, createHeadCopy, demandCopied } from './head-copy.ts';
import { createHeads, type SignedHead } from './heads.ts';
import { createIdentity, type LogIdentity, logIdOf, type PrivateJwk } from './identity.ts';
import { createIntegrator, type Integrator } from './integrator.ts';
import { demandKeys, demandOrigin, type KeyMarks, keepKeyRecord, readKeyRecord } from './key-record.ts';
import type { LoggedEntries, Recount } from './numbers/catch-up.ts';
import { loggedEntries } from './numbers/logged-entries.ts';
import { openSubjectNumbers, type SubjectNumbers, type SubjectSettings } from './numbers/subject-numbers.ts';
import {
  demandContinued,
  type LogFolder,
  prepareFolder,
  readHeads,
  releasable,
  replay,
  resume,
  writeSigned,
} from './recovery.ts';
import { createRightEdge } from './right-edge.ts';
import { entryBytesLimit } from './store/bundle.ts';
import { type Disk, realDisk } from './store/disk.ts';
import { type Layout, layoutOf } from './store/layout.ts';
import { recordExtraBytes } from './store/record.ts';
import { listSegments } from './store/replay.ts';
import { emptyEdge, restoreEdge } from './store/restore-edge.ts';
import { recordBytesMax, type Segments } from './store/segments.ts';
import { createTileStore } from './store/tile-store.ts';
import type { TileReader } from './tree/stored-hashes.ts';
import { createLogWriter, type LogWriter, type WriterLimits } from './writer.ts';

export interface ExchangeLogSettings extends WriterLimits {
  /** Size of a segment of the write-ahead log, bytes. */
  readonly segmentBytes: number;
  /** Time between two checkpoints while entries come in, milliseconds. */
  readonly checkpointIntervalMs: number;
  /** How the entries about each subject are counted. */
  readonly subjects: SubjectSettings;
}

export interface LogObserver {
  committed(entries: number, bytes: number, durationMs: number): void;
  /** A checkpoint of that many entries is durable. */
  checkpointed(size: number, durationMs: number): void;
  /** Once, at the start. */
  recovered(recovery: LogRecovery): void;
  /** At the start: the entries about each subject are counted from the log, which takes its time. */
  recounting(recount: Recount): void;
  /** Called once: from now on every exchange is refused. */
  failed(error: unknown): void;
}

export interface LogRecovery {
  /** Entries, all under the log's signature. */
  readonly size: number;
  /** Of them in the newest checkpoint; all, unless that waits for witnesses. */
  readonly checkpointSize: number;
  /** Those that were durable and not signed yet. */
  readonly replayedEntries: number;
  /** Bytes of a commit that a crash cut off; nothing in it was acknowledged. */
  readonly tornBytes: number;
}

export interface ExchangeLogSetup {
  /** Made if absent; belongs to this process alone. */
  readonly folder: string;
  /** File outside the folder for a copy of what the log signed last, by which a start notices a folder that was lost or rolled back. */
  readonly headCopy?: string;
  /** Name of the log and of its key, such as `lienthong.example/gateway-1`; never changes. */
  readonly origin: string;
  readonly key: PrivateJwk;
  /** Keys before it that are not retired, the newest first: they sign too. */
  readonly olderKeys?: readonly PrivateJwk[];
  /** Further keys that the entries depend on. */
  readonly marks?: KeyMarks;
  readonly settings: ExchangeLogSettings;
  readonly clock: Clock;
  readonly observer: LogObserver;
  readonly disk?: Disk;
  /** Witnesses that checkpoints are shown to before anyone else sees them. */
  readonly cosigning?: Cosigning | undefined;
}

export interface TransparencyLog extends ExchangeLog {
  /** Undefined while the log can be written; any failed write or sync is final. */
  readonly failure: unknown;
  /** True while nothing is recorded because witnesses do not cosign; that passes. */
  readonly lacksWitnesses: boolean;
  /** The newest key by which others verify checkpoints: `origin+key id+base64`. */
  readonly vkey: string;
  /** Every key that signs, the newest first. */
  readonly vkeys: readonly string[];
  /** Tiles over all that is in the tree, whether a checkpoint covers it yet or not. Rejects for a tile that is not there. */
  readonly reader: TileReader;
  /** Durable entries. */
  size(): number;
  /** The newest checkpoint, a signed note. */
  checkpoint(): string;
  /** A durable entry, canonical JSON. RangeError for an index that has none. */
  readEntry(index: number): Promise<Buffer>;
  /**
   * Durable entries from an index on, in order: at least one, `count` at most. Stops short where the next ones are in
   * another file, so that each bundle is read once. RangeError for an index that has none.
   */
  readEntries(from: number, count: number): Promise<readonly Buffer[]>;
  /** A checkpoint that covers the entry, as soon as there is one. RangeError for an index that has no durable entry. */
  waitForCheckpoint(index: number): Promise<string>;
  /** Waits for what is under way, publishes it, then refuses more. */
  close(): Promise<void>;
}

/** In the record of keys. */
export const logKeyName = 'exchange-log';
/** Places in a segment are 32-bit numbers, and one segment is read whole at the start. */
const segmentBytesLimit = 1 << 30;

/** Opens the log, or begins it. Throws LogDamage where it is not what its last checkpoint says, KeyMissing where a key is. */
export async function openExchangeLog(setup: ExchangeLogSetup): Promise<TransparencyLog> {
  const { settings, observer, clock, disk = realDisk, cosigning } = setup;
  demandSettings(settings);
  const identity = createIdentity(setup.origin, setup.key, setup.olderKeys);
  const layout = layoutOf(setup.folder);
  const marks: KeyMarks = { ...setup.marks, [logKeyName]: identity.vkeys };
  const record = await readKeyRecord(disk, layout);
  if (record !== undefined) {
    demandOrigin(record, logKeyName, setup.origin);
    demandKeys(record, marks);
  }
  const logId = record === undefined ? logIdOf(identity.vkeys.at(-1) as string) : Buffer.from(record.logId, 'hex');
  const folder: LogFolder = { disk, layout, identity, logId };
  const failure = createFirstFailure();
  const { headCopy, origin } = setup;
  const copy = headCopy === undefined ? undefined : createHeadCopy({ disk, file: headCopy, origin, identity });
  const store = copyingHeads(createTileStore(disk, layout), copy);

  const signed = await readHeads(folder);
  const copied = await copy?.recall({ isBegun: signed !== undefined });
  await prepareFolder(folder);
  const edge = createRightEdge(signed === undefined ? emptyEdge() : await restoreEdge(store, signed.head));
  if (signed !== undefined) await demandContinued(store, signed);
  const backlogEntriesMax = settings.pendingEntriesMax;
  const integrator = createIntegrator({ edge, store, backlogEntriesMax, failed: failure.set });
  const intervalMs = settings.checkpointIntervalMs;
  const kept = cosigning !== undefined;
  const heads = createHeads({ integrator, store, sign: identity.sign, newest: signed?.head, kept });
  const checkpoints = createCheckpoints({
    integrator,
    heads,
    store,
    clock,
    intervalMs,
    newest: signed?.checkpoint,
    cosigning,
    failed: failure.set,
  });
  const found = await listSegments(disk, layout);
  const replayed = await replay(folder, found, signed?.head, integrator);
  if (copied !== undefined) await demandCopied(integrator, copied);
  // Only now: keys are those of the log once they have opened it; and before anything is written with them.
  await keepKeyRecord(store, record, marks, logId);
  if (signed !== undefined) await writeSigned(store, signed);
  if (signed !== undefined) await copy?.keep(signed.head.note);
  const segments = await resume({
    ...folder,
    segmentBytes: settings.segmentBytes,
    found,
    replayed,
    integrator,
    checkpoints,
    isNew: signed === undefined,
    failed: failure.set,
  });
  const numbers = await openNumbers(setup, { layout, entries: loggedEntries(integrator), segments, failure });

  const writer = createLogWriter({
    segments,
    limits: settings,
    numbers,
    room: integrator.room,
    durable: integrator.add,
    committed: observer.committed,
    failed: failure.set,
  });
  failure.on(writer.stop);
  failure.on(checkpoints.end);
  failure.on(observer.failed);
  integrator.onGrown(checkpoints.grown);
  const release = (head: SignedHead) => segments.release(releasable(head));
  heads.onKept(release);
  checkpoints.onPublished(async (checkpoint, durationMs) => {
    observer.checkpointed(checkpoint.size, durationMs);
    if (!kept) await release(checkpoint);
  });
  observer.recovered({
    size: integrator.size,
    checkpointSize: checkpoints.newest.size,
    replayedEntries: replayed.entries,
    tornBytes: replayed.tornBytes,
  });
  checkpoints.start();
  return createLog({ identity, integrator, checkpoints, segments, numbers, writer, failure });
}

interface Parts {
  readonly identity: LogIdentity;
  readonly integrator: Integrator;
  readonly checkpoints: Checkpoints;
  readonly segments: Segments;
  readonly numbers: SubjectNumbers;
  readonly writer: LogWriter;
  readonly failure: FirstFailure;
}

/** Closes the segments where it throws. */
async function openNumbers(
  { settings, observer }: ExchangeLogSetup,
  {
    layout,
    entries,
    segments,
    failure,
  }: Pick<Parts, 'segments' | 'failure'> & { layout: Layout; entries: LoggedEntries },
): Promise<SubjectNumbers> {
  try {
    return await openSubjectNumbers({
      path: layout.subjects,
      entries,
      settings: settings.subjects,
      recounting: observer.recounting,
      failed: failure.set,
    });
  } catch (error) {
    await segments.close();
    throw error;
  }
}

function createLog({ identity, integrator, checkpoints, segments, numbers, writer, failure }: Parts): TransparencyLog {
  let closed: Error | undefined;

  function demandDurable(index: number): void {
    if (Number.isSafeInteger(index) && index >= 0 && index < writer.size) return;
    throw new RangeError(`the log has ${writer.size} entries, and none at ${index}`);
  }

  return {
    get failure() {
      return failure.cause ?? closed;
    },
    get lacksWitnesses() {
      return checkpoints.overdue;
    },
    vkey: identity.vkey,
    vkeys: identity.vkeys,
    reader: { tile: integrator.tile },
    refusal() {
      const cause = failure.cause ?? closed;
      if (cause !== undefined) return new Problem('log-unavailable', 'The exchange log takes no entries.', { cause });
      return checkpoints.overdue ? witnessesMissing() : undefined;
    },
    record: (entry) => (checkpoints.overdue ? Promise.reject(witnessesMissing()) : writer.record(entry)),
    size: () => writer.size,
    checkpoint: () => checkpoints.newest.note,
    async readEntry(index) {
      demandDurable(index);
      return integrator.entry(index);
    },
    async readEntries(from, count) {
      demandDurable(from);
      return integrator.entries(from, count);
    },
    async waitForCheckpoint(index) {
      demandDurable(index);
      return checkpoints.covering(index);
    },
    async close() {
      // What an acknowledged entry's owner records next is under way as well.
      await writer.idle();
      closed = new Error('the log is closed');
      writer.stop(closed);
      await integrator.caughtUp();
      if (failure.cause === undefined) await checkpoints.publish().catch(failure.set);
      await checkpoints.end(closed);
      await numbers.close();
      await segments.close();
    },
  };
}

/** Witnesses that failed are asked again at intervals of this order. */
const retryAfterSeconds = 5;

function witnessesMissing(): Problem {
  const detail = 'Too few witnesses vouch for the exchange log; the answer is withheld until they do again.';
  return new Problem('witnesses-missing', detail, { retryAfterSeconds });
}

/** Throws RangeError for limits that leave no room for an entry. */
function demandSettings({ segmentBytes, entryBytesMax }: ExchangeLogSettings): void {
  if (entryBytesMax > entryBytesLimit) {
    throw new RangeError(`exchangeLog.entryBytesMax is ${entryBytesMax}, and a bundle takes ${entryBytesLimit} bytes`);
  }
  if (entryBytesMax + recordExtraBytes > recordBytesMax(segmentBytes) || segmentBytes > segmentBytesLimit) {
    throw new RangeError(`exchangeLog.segmentBytes is ${segmentBytes}: from entryBytesMax to ${segmentBytesLimit}`);
  }
}
