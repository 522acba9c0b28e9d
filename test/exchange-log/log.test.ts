/** What the log promises to those who record in it and to those who read from it. */

import { readdir } from 'node:fs/promises';
import path from 'node:path';
import t, { type Test } from 'tap';
import type { LogEntry } from '../../src/exchange/entries.ts';
import { realDisk } from '../../src/exchange-log/store/disk.ts';
import { emptyRoot, leafHash } from '../../src/exchange-log/tree/hash.ts';
import { inclusionProof, verifyInclusion } from '../../src/exchange-log/tree/proof.ts';
import { watchDisk } from '../support/log-disk-fixture.ts';
import {
  checkpointOf,
  demandNumbers,
  makeLogFolder,
  numberedEntry,
  openTestLog,
  recordEntries,
  rootOfNumbers,
  seldom,
  type TestLogSetup,
} from '../support/log-fixture.ts';

async function startLog(t: Test, setup: Partial<TestLogSetup> = {}) {
  const log = await openTestLog({ tree: 'own-thread', ...setup, folder: setup.folder ?? (await makeLogFolder(t)) });
  t.teardown(() => log.close());
  return log;
}

t.test('a new log has a signed checkpoint of nothing', async (t) => {
  const log = await startLog(t);
  t.match(checkpointOf(log), { size: 0, root: emptyRoot, origin: 'lienthong.example/test' });
  t.equal(log.size(), 0);
});

t.test('entries are numbered in the order of their recording, and read back as they were printed', async (t) => {
  const log = await startLog(t);
  const positions = await Promise.all([0, 1, 2, 3].map((index) => log.record(numberedEntry(index))));
  t.same(
    positions.map(({ index }) => index),
    [0, 1, 2, 3],
  );
  t.equal((await log.readEntry(2)).toString(), '{"id":"entry-2"}');
  for (const index of [-1, 4, 1.5, Number.NaN]) await t.rejects(log.readEntry(index), RangeError, `entry ${index}`);
});

t.test(
  'entries that are recorded together share a commit; many go in two halves, of which one is written meanwhile',
  async (t) => {
    for (const [entries, commits] of [
      [31, 1],
      [1000, 2],
    ] as const) {
      const disk = watchDisk(realDisk);
      const log = await startLog(t, { disk });
      await recordEntries(log, entries);
      t.same(disk.counts, { append: commits, sync: commits });
    }
  },
);

t.test('a commit is no larger than its limit, unless one entry is', async (t) => {
  const disk = watchDisk(realDisk);
  const sizes: number[] = [];
  const log = await startLog(t, {
    disk,
    settings: { batchBytesMax: 1000 },
    observer: { committed: (_entries, bytes) => sizes.push(bytes) },
  });
  await Promise.all([
    log.record({ id: 'x'.repeat(2000) } as LogEntry),
    ...Array.from({ length: 100 }, (_one, index) => log.record(numberedEntry(index))),
  ]);
  t.ok(sizes.length > 2 && (sizes[0] ?? 0) > 2000);
  t.ok(sizes.slice(1).every((bytes) => bytes <= 1000));
});

t.test('an entry that is too large is refused, and so is one too many; the log goes on', async (t) => {
  const disk = watchDisk(realDisk);
  const log = await startLog(t, { disk, settings: { entryBytesMax: 100, pendingEntriesMax: 10 } });
  await t.rejects(log.record({ id: 'x'.repeat(100) } as LogEntry), /an entry of 109 bytes exceeds 100/);
  disk.hold();
  const recording = recordEntries(log, 10);
  await t.rejects(log.record(numberedEntry(10)), /10 entries wait for the disk already/);
  disk.release();
  await recording;
  t.equal(log.failure, undefined);
  await recordEntries(log, 1);
});

t.test('who waits for a checkpoint gets one that proves the entry', async (t) => {
  const log = await startLog(t);
  for (const count of [1, 300, 5]) {
    await recordEntries(log, count);
    const index = log.size() - 1;
    const note = await log.waitForCheckpoint(index);
    t.equal(note, log.checkpoint());
    const { size, root } = checkpointOf(log);
    const leaf = leafHash(await log.readEntry(index));
    verifyInclusion(leaf, index, size, await inclusionProof(log.reader, index, size), root);
  }
  await t.rejects(log.waitForCheckpoint(log.size()), RangeError, 'what was never recorded is not waited for');
});

t.test('a checkpoint comes at once after a rest, then once an interval, and none without entries', async (t) => {
  const sizes: number[] = [];
  const log = await startLog(t, {
    settings: { checkpointIntervalMs: 1000 },
    observer: { checkpointed: (size) => sizes.push(size) },
  });
  await new Promise((resolve) => setTimeout(resolve, 100));
  t.same(sizes, [], 'nothing was recorded yet');
  const startMs = performance.now();
  await recordEntries(log, 1);
  await log.waitForCheckpoint(0);
  const firstMs = performance.now() - startMs;
  await recordEntries(log, 1);
  await recordEntries(log, 1);
  await log.waitForCheckpoint(2);
  const secondMs = performance.now() - startMs;
  t.same(sizes, [1, 3]);
  t.ok(firstMs < 1000 && secondMs >= 990, `after ${firstMs} and ${secondMs} ms`);
});

t.test('every proof can be made while the log grows, for every checkpoint that was published', async (t) => {
  const log = await startLog(t, { settings: { checkpointIntervalMs: 10 } });
  for (let round = 0; round < 40; round += 1) {
    const recording = recordEntries(log, 37);
    const { size, root } = checkpointOf(log);
    for (let index = 0; index < size; index += 1 + Math.floor(size / 10)) {
      const proof = await inclusionProof(log.reader, index, size);
      verifyInclusion(leafHash(await log.readEntry(index)), index, size, proof, root);
    }
    await recording;
  }
  await log.waitForCheckpoint(log.size() - 1);
  t.same(checkpointOf(log).root, rootOfNumbers(40 * 37));
});

t.test('on disk are the files of the format, and no partial file once the full one is there', async (t) => {
  const folder = await makeLogFolder(t);
  const sizes = new Set<number>();
  const observer = { checkpointed: (size: number) => sizes.add(size) };
  const log = await openTestLog({ folder, settings: { checkpointIntervalMs: 10 }, observer });
  for (const count of [10, 100, 200, 2]) {
    await recordEntries(log, count);
    await log.waitForCheckpoint(log.size() - 1);
  }
  await log.close();
  t.ok(sizes.has(310) && sizes.has(312));
  const files = (await readdir(path.join(folder, 'tile'), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)));
  const widths = [...sizes].map((size) => size - 256).filter((width) => width > 0);
  const partials = widths.flatMap((width) => [`tile/0/001.p/${width}`, `tile/entries/001.p/${width}`]);
  t.same(files.sort(), ['tile/0/000', 'tile/1/000.p/1', 'tile/entries/000', ...partials].sort());
});

t.test('memory that entries are printed and bundled in is used again, and never shows through', async (t) => {
  const log = await startLog(t, { settings: { segmentBytes: 1 << 22, pendingEntriesMax: 100 } });
  const textOf = (index: number) => `${index} `.padEnd(6000, String.fromCharCode(0x61 + (index % 26)));
  for (let first = 0; first < 800; first += 100) {
    const indexes = Array.from({ length: 100 }, (_one, ordinal) => first + ordinal);
    const recording = indexes.map((index) => log.record({ id: textOf(index) } as LogEntry));
    // Read as soon as each is durable: from memory, from a bundle on its way, from a file.
    const read = indexes.map(async (index, ordinal) => {
      await recording[ordinal];
      const entry = await log.readEntry(index);
      if (index % 20 === 0) await log.readEntry(Math.floor(index / 2));
      return entry;
    });
    for (const [ordinal, entry] of (await Promise.all(read)).entries()) {
      if (JSON.parse(entry.toString()).id !== textOf(first + ordinal)) t.fail(`entry ${first + ordinal}`);
    }
  }
  const wrong: number[] = [];
  for (let index = 0; index < 800; ) {
    for (const entry of await log.readEntries(index, 800 - index)) {
      if (JSON.parse(entry.toString()).id !== textOf(index)) wrong.push(index);
      index += 1;
    }
  }
  t.same(wrong, []);
  await log.waitForCheckpoint(799);
  const { size, root } = checkpointOf(log);
  t.equal(size, 800);
  for (const index of [0, 255, 256, 799]) {
    const leaf = leafHash(await log.readEntry(index));
    verifyInclusion(leaf, index, size, await inclusionProof(log.reader, index, size), root);
  }
});

t.test('a closed log refuses, and is found again as it was left', async (t) => {
  const folder = await makeLogFolder(t);
  const log = await openTestLog({ folder, settings: seldom });
  const recording = recordEntries(log, 300);
  await log.close();
  await recording;
  await t.rejects(log.record(numberedEntry(300)), /the log is closed/);
  t.match(log.failure, { message: 'the log is closed' });
  t.equal(checkpointOf(log).size, 300, 'what was recorded last is in a checkpoint');
  const again = await startLog(t, { folder });
  await demandNumbers(t, again, 300);
});

t.test('waiting for a checkpoint ends with the log', async (t) => {
  const disk = watchDisk(realDisk);
  const log = await startLog(t, { disk, settings: seldom });
  await recordEntries(log, 1);
  await log.waitForCheckpoint(0);
  await recordEntries(log, 1);
  const waiting = log.waitForCheckpoint(1);
  disk.breakWith('sync', new Error('EIO'));
  const recording = recordEntries(log, 1);
  await t.rejects(waiting, /EIO/);
  await t.rejects(recording, /EIO/);
});

t.test('limits that leave no room for an entry are refused', async (t) => {
  const folder = await makeLogFolder(t);
  for (const settings of [{ entryBytesMax: 65_536 }, { segmentBytes: 50_000 }, { segmentBytes: 2 ** 31 }]) {
    await t.rejects(openTestLog({ folder, settings }), RangeError);
  }
});
