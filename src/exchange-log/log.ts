/** The exchange log: a C2SP tlog-tiles transparency log behind a write-ahead log, on plain files that one process owns. */

import { createCheckpoints } from './checkpoints.ts';
import { createFirstFailure, type FirstFailure } from './first-failure.ts';
import { copyingHeads, createHeadCopy, demandCopied, type HeadCopy } from './head-copy.ts';
import { createHeads, type SignedHead } from './heads.ts';
import { createIdentity, logIdOf, type OpenedHead } from './identity.ts';
import type { Integrator } from './integrator.ts';
import { demandKeys, demandOrigin, type KeyMarks, type KeyRecord, keepKeyRecord, readKeyRecord } from './key-record.ts';
import { demandSettings, type ExchangeLogSetup } from './log-setup.ts';
import type { LoggedEntries } from './numbers/catch-up.ts';
import { loggedEntries } from './numbers/logged-entries.ts';
import { openSubjectNumbers, type SubjectNumbers } from './numbers/subject-numbers.ts';
import { bestTreePlace, openTree } from './open-tree.ts';
import {
  demandContinued,
  type LogFolder,
  prepareFolder,
  readHeads,
  releasable,
  replay,
  resume,
  type SignedHeads,
  writeSigned,
} from './recovery.ts';
import { realDisk } from './store/disk.ts';
import { type Layout, layoutOf } from './store/layout.ts';
import { listSegments } from './store/replay.ts';
import type { Segments } from './store/segments.ts';
import { createTileStore, type TileStore } from './store/tile-store.ts';
import { createLog, type TransparencyLog } from './transparency-log.ts';
import { createLogWriter } from './writer.ts';

/** In the record of keys. */
export const logKeyName = 'exchange-log';

/** Opens the log, or begins it. Throws LogDamage where it is not what its last checkpoint says, KeyMissing where a key is. */
export async function openExchangeLog(setup: ExchangeLogSetup): Promise<TransparencyLog> {
  const { settings, disk = realDisk } = setup;
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
  const integrator = await openTree({
    place: disk === realDisk ? (setup.tree ?? bestTreePlace(1)) : 'here',
    layout,
    store,
    head: signed?.head,
    backlogEntriesMax: settings.pendingEntriesMax,
    failed: failure.set,
  });
  try {
    return await openAt({ setup, folder, record, marks, failure, copy, store, signed, copied, integrator });
  } catch (error) {
    await integrator.close();
    throw error;
  }
}

interface OpenParts {
  readonly setup: ExchangeLogSetup;
  readonly folder: LogFolder;
  readonly record: KeyRecord | undefined;
  readonly marks: KeyMarks;
  readonly failure: FirstFailure;
  readonly copy: HeadCopy | undefined;
  readonly store: TileStore;
  readonly signed: SignedHeads | undefined;
  readonly copied: OpenedHead | undefined;
  readonly integrator: Integrator;
}

/** From the newest head that is signed to where the log stood. */
async function openAt(parts: OpenParts): Promise<TransparencyLog> {
  const { setup, folder, failure, copy, store, signed, copied, integrator } = parts;
  const { settings, observer, clock, cosigning } = setup;
  const { disk, layout, identity, logId } = folder;
  if (signed !== undefined) await demandContinued(store, signed);
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
  await keepKeyRecord(store, parts.record, parts.marks, logId);
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
  return createLog({
    identity,
    logId: logId.toString('hex'),
    integrator,
    checkpoints,
    segments,
    numbers,
    writer,
    failure,
  });
}

interface NumbersParts {
  readonly layout: Layout;
  readonly entries: LoggedEntries;
  readonly segments: Segments;
  readonly failure: FirstFailure;
}

/** Closes the segments where it throws. */
async function openNumbers(
  { settings, observer }: ExchangeLogSetup,
  { layout, entries, segments, failure }: NumbersParts,
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
