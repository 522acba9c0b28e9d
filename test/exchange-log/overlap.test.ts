/** Two commits may be on their way to the disk at once, and nobody can tell: neither by the order of acknowledgements, nor after a failure or a crash. */

import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import type { LogRecovery } from '../../src/exchange-log/log-setup.ts';
import { type Disk, type DiskFile, realDisk } from '../../src/exchange-log/store/disk.ts';
import type { TransparencyLog } from '../../src/exchange-log/transparency-log.ts';
import { copyLog, demandNumbers, makeLogFolder, numberedEntry, openTestLog, seldom } from '../support/log-fixture.ts';

interface HeldCommit {
  readonly file: DiskFile;
  readonly bytes: number;
  /** Lets the bytes reach the disk, all or those from there on, which is not yet the end of it. */
  write(fromByte?: number): Promise<void>;
  /** The commit is durable, or that failed. */
  end(error?: Error): void;
}

/** Commits wait for the test; everything else goes on. */
function createHoldingDisk() {
  const held: HeldCommit[] = [];
  let isHolding = false;

  const holding = (file: DiskFile): DiskFile => ({
    ...file,
    write(content, position) {
      if (!isHolding) return file.write(content, position);
      const ended = Promise.withResolvers<void>();
      held.push({
        file,
        bytes: content.byteLength,
        write: (fromByte = 0) => file.write(content.subarray(fromByte), position + fromByte),
        end: (error) => (error === undefined ? ended.resolve() : ended.reject(error)),
      });
      return ended.promise;
    },
  });

  const disk: Disk = {
    ...realDisk,
    async open(path, which, writes) {
      const file = await realDisk.open(path, which, writes);
      return path.includes('segment-') && writes === 'each-durable' ? holding(file) : file;
    },
  };
  return { disk, held, hold: () => (isHolding = true), goOn: () => (isHolding = false) };
}

const groupEntries = 128;

/** A log of one entry, and so many more on their way in two commits; what was acknowledged, in order. */
async function startTwoCommits(t: Test, failed: (error: unknown) => void = () => undefined) {
  const folder = await makeLogFolder(t);
  const { disk, held, hold, goOn } = createHoldingDisk();
  const log = await openTestLog({ folder, disk, settings: seldom, observer: { failed } });
  await log.record(numberedEntry(0));
  await log.waitForCheckpoint(0);
  hold();
  const acknowledged: number[] = [];
  const refused: unknown[] = [];
  const record = (number: number) =>
    log.record(numberedEntry(number)).then(
      ({ index }) => acknowledged.push(index),
      (error) => refused.push(error),
    );
  const recording = Array.from({ length: groupEntries }, (_one, ordinal) => record(1 + ordinal));
  while (held.length < 2) await sleep(1);
  t.teardown(async () => {
    goOn();
    for (const commit of held) commit.end();
    await log.close();
  });
  const [first, second] = held as [HeldCommit, HeldCommit];
  return { folder, log, held, first, second, record, recording: Promise.all(recording), acknowledged, refused };
}

const numbersFrom = (first: number, count: number) => Array.from({ length: count }, (_one, at) => first + at);

t.test('what is durable is acknowledged only after all that was recorded before it', async (t) => {
  const { log, first, second, recording, acknowledged } = await startTwoCommits(t);
  await second.write();
  second.end();
  await sleep(20);
  t.same(acknowledged, []);
  t.equal(log.size(), 1);
  await t.rejects(log.readEntry(40), RangeError, 'nor can it be read');
  await first.write();
  first.end();
  await recording;
  t.same(acknowledged, numbersFrom(1, groupEntries));
  t.equal((await log.readEntry(groupEntries)).toString(), `{"id":"entry-${groupEntries}"}`);
});

t.test('there are never more than two, and each has a descriptor of its own', async (t) => {
  const { held, first, second, record, recording } = await startTwoCommits(t);
  t.not(first.file, second.file, 'the system tells each descriptor once of a write that failed');
  const more = Promise.all(numbersFrom(1 + groupEntries, groupEntries).map(record));
  await sleep(20);
  t.equal(held.length, 2);
  for (const commit of [first, second]) {
    await commit.write();
    commit.end();
  }
  await recording;
  while (held.length < 3) await sleep(1);
  for (let at = 2; at < held.length; at += 1) {
    await held[at]?.write();
    held[at]?.end();
    await sleep(5);
  }
  await more;
});

t.test('few entries wait for the commit that is under way, and share the next one', async (t) => {
  const { held, first, second, record, recording } = await startTwoCommits(t);
  await first.write();
  first.end();
  await sleep(5);
  const few = Promise.all(numbersFrom(1 + groupEntries, 15).map(record));
  await sleep(20);
  t.equal(held.length, 2);
  await second.write();
  second.end();
  await recording;
  while (held.length < 3) await sleep(1);
  await held[2]?.write();
  held[2]?.end();
  await few;
  t.equal(held.length, 3);
});

t.test('a failure of the first is one of the second, however that went', async (t) => {
  const failures: unknown[] = [];
  const { folder, log, held, first, second, recording, acknowledged, refused } = await startTwoCommits(t, (error) =>
    failures.push(error),
  );
  await second.write();
  second.end();
  first.end(Object.assign(new Error('EIO: the sync failed'), { code: 'EIO' }));
  await recording;
  t.same(acknowledged, []);
  t.equal(refused.length, groupEntries);
  t.equal(failures.length, 1, 'it is told once');
  t.match(failures[0], { code: 'EIO', message: /0000000000000000\.seg: EIO/ });
  await t.rejects(log.record(numberedEntry(1)), { code: 'EIO' });
  t.equal(held.length, 2, 'nothing is written any more');
  await demandReopened(t, folder, 1);
});

t.test('a failure of the second leaves the first what it is', async (t) => {
  const { folder, log, first, second, recording, acknowledged, refused } = await startTwoCommits(t);
  await first.write();
  second.end(Object.assign(new Error('EIO'), { code: 'EIO' }));
  await sleep(5);
  first.end();
  await recording;
  t.ok(acknowledged.length === 0 || acknowledged.length === groupEntries / 2);
  t.equal(refused.length, groupEntries - acknowledged.length);
  await t.rejects(log.record(numberedEntry(1)), { code: 'EIO' });
  await demandReopened(t, folder, 1 + groupEntries / 2);
});

/** After a crash at this moment there are so many entries, and the log goes on. */
async function demandReopened(t: Test, folder: string, size: number): Promise<void> {
  const copy = await copyLog(folder, `copy-${size}`);
  let recovery: LogRecovery | undefined;
  const log: TransparencyLog = await openTestLog({
    folder: copy,
    observer: { recovered: (told) => (recovery = told) },
  });
  await demandNumbers(t, log, size);
  t.equal((await log.record(numberedEntry(size))).index, size);
  await log.close();
  const again = await openTestLog({ folder: copy });
  await demandNumbers(t, again, size + 1);
  await again.close();
  t.match(recovery, { size });
}

t.test('a crash that leaves only the second cuts it off, for nobody was told of it', async (t) => {
  const { folder, second } = await startTwoCommits(t);
  await second.write();
  await demandReopened(t, folder, 1);
});

t.test('so does one that leaves the second and an end of the first', async (t) => {
  const { folder, first, second } = await startTwoCommits(t);
  await second.write();
  // From the middle of a sector on: that one and all before it did not arrive.
  await first.write(700);
  await demandReopened(t, folder, 1);
});

t.test('a crash after the first keeps it, whatever there is of the second', async (t) => {
  const { folder, first, second } = await startTwoCommits(t);
  await first.write();
  await demandReopened(t, folder, 1 + groupEntries / 2);
  await second.write();
  await demandReopened(t, folder, 1 + groupEntries);
});
