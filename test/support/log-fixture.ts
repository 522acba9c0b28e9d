/** A log for tests: small segments, a key of its own, and entries that are nothing but their number. */

import { generateKeyPairSync } from 'node:crypto';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Test } from 'tap';
import type { LogEntry } from '../../src/exchange/entries.ts';
import type { PrivateJwk } from '../../src/exchange-log/identity.ts';
import { openExchangeLog } from '../../src/exchange-log/log.ts';
import type { ExchangeLogSetup } from '../../src/exchange-log/log-setup.ts';
import { openCheckpoint, type ParsedCheckpoint } from '../../src/exchange-log/note/checkpoint.ts';
import { parseVerifierKey } from '../../src/exchange-log/note/keys.ts';
import type { TreePlace } from '../../src/exchange-log/open-tree.ts';
import type { TransparencyLog } from '../../src/exchange-log/transparency-log.ts';
import { leafHash } from '../../src/exchange-log/tree/hash.ts';
import { createTreeEdge } from '../../src/exchange-log/tree/incremental.ts';
import { inclusionProof, verifyInclusion } from '../../src/exchange-log/tree/proof.ts';
import type { KillableDisk } from './killable-disk.ts';

export const testOrigin = 'lienthong.example/test';

export const makeLogKey = () => generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }) as PrivateJwk;

/** Shared by the logs of one test file, so that a log can be opened again. */
export const testLogKey = makeLogKey();

/** Removed after whatever is torn down before it: a log that closes still writes. */
export async function makeLogFolder(t: Pick<Test, 'teardown'>): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'lienthong-log-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return path.join(folder, 'exchange-log');
}

export type TestLogSetup = Partial<Omit<ExchangeLogSetup, 'folder' | 'settings' | 'observer'>> &
  Pick<ExchangeLogSetup, 'folder'> & {
    /** Default `here`: a thread for each of hundreds of logs would take most of a test's time. */
    readonly tree?: TreePlace;
    readonly settings?: Partial<ExchangeLogSetup['settings']>;
    readonly observer?: Partial<ExchangeLogSetup['observer']>;
  };

export function openTestLog({ tree = 'here', ...setup }: TestLogSetup): Promise<TransparencyLog> {
  const nothing = () => undefined;
  return openExchangeLog({
    origin: testOrigin,
    key: testLogKey,
    clock: { nowMs: Date.now },
    tree,
    ...setup,
    settings: {
      segmentBytes: 1 << 17,
      entryBytesMax: 60_000,
      pendingEntriesMax: 20_000,
      batchBytesMax: 1 << 20,
      checkpointIntervalMs: 1000,
      subjects: { keptMax: 1000, unwrittenMax: 10_000, writeIntervalMs: 1000, fileCacheBytesMax: 1 << 20 },
      ...setup.settings,
    },
    observer: {
      committed: nothing,
      checkpointed: nothing,
      recovered: nothing,
      recounting: nothing,
      failed: nothing,
      ...setup.observer,
    },
  });
}

/** The log prints whatever it is given. */
export const numberedEntry = (index: number) => ({ id: `entry-${index}` }) as LogEntry;

/** Records the log's next numbers, together as far as the log lets so many wait. */
export async function recordEntries(log: TransparencyLog, count: number): Promise<void> {
  const first = log.size();
  for (let from = 0; from < count; from += togetherMax) {
    const part = Array.from({ length: Math.min(togetherMax, count - from) }, (_one, ordinal) => first + from + ordinal);
    await Promise.all(part.map((index) => log.record(numberedEntry(index))));
  }
}

const togetherMax = 10_000;

const printed = (index: number) => Buffer.from(JSON.stringify(numberedEntry(index)));

/** What the newest checkpoint says, after a look at its signature. */
export function checkpointOf(log: TransparencyLog): ParsedCheckpoint {
  return openCheckpoint(log.checkpoint(), { origin: testOrigin, verifier: parseVerifierKey(log.vkey) }).checkpoint;
}

/** Root of the log of the first `size` numbers. */
export function rootOfNumbers(size: number): Buffer {
  const edge = createTreeEdge();
  for (let index = 0; index < size; index += 1) edge.append(leafHash(printed(index)));
  return edge.root();
}

/** A log that has just been opened holds the first `count` numbers, no more and no less, and its checkpoint says so. */
export async function demandNumbers(t: Test, log: TransparencyLog, count: number): Promise<void> {
  const { size, root } = checkpointOf(log);
  const wrong: number[] = [];
  for (let index = 0; index < count; index += step(index, count)) {
    if (!(await log.readEntry(index)).equals(printed(index))) wrong.push(index);
    verifyInclusion(leafHash(printed(index)), index, size, await inclusionProof(log.reader, index, size), root);
  }
  t.same(
    { size: log.size(), checkpointSize: size, root: root.toString('hex'), wrong },
    { size: count, checkpointSize: count, root: rootOfNumbers(count).toString('hex'), wrong: [] },
  );
}

/** Some everywhere, and the last: the root is that of all. */
function step(index: number, count: number): number {
  return Math.max(1, Math.min(Math.floor(count / samples), count - 1 - index));
}

const samples = 20;

/** Ends a log as SIGKILL would; its folder is as the process left it. */
export async function killLog(log: TransparencyLog, disk: KillableDisk): Promise<void> {
  await disk.kill();
  await log.close();
}

/** A log of its own, as that folder, to which nobody writes, is at this moment. */
export async function copyLog(folder: string, name: string): Promise<string> {
  const copy = path.join(path.dirname(folder), name, 'exchange-log');
  await rm(copy, { recursive: true, force: true });
  await cp(folder, copy, { recursive: true });
  return copy;
}

/** Far longer than a test: only the first checkpoint and that of `close` are published. */
export const seldom = { checkpointIntervalMs: 3_600_000 };
