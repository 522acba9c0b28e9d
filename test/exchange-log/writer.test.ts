/** Durable before acknowledged, in order, together; and after the first failure never again. */

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { canonicalJson } from '../../src/exchange-log/canonical.ts';
import { openLogFile } from '../../src/exchange-log/log-file.ts';
import { createLogWriter, type LogSettings } from '../../src/exchange-log/writer.ts';
import { entryFixture } from '../support/entry-fixture.ts';
import { watchLogFile } from '../support/log-file-fixture.ts';

async function create(t: Test, settings: Partial<LogSettings> = {}, file = path.join(t.testdir({}), 'log')) {
  const opened = await openLogFile(file);
  const disk = watchLogFile(opened.file);
  const commits: { entries: number; bytes: number }[] = [];
  const failures: unknown[] = [];
  const log = createLogWriter(
    { ...opened, file: disk },
    { entryBytesMax: 65_535, pendingEntriesMax: 1000, batchBytesMax: 1 << 20, ...settings },
    { committed: (entries, bytes) => commits.push({ entries, bytes }), failed: (error) => failures.push(error) },
  );
  t.teardown(() => {
    disk.release();
    return log.close();
  });
  const lines = async () => (await readFile(file, 'utf8')).split('\n').slice(0, -1);
  return { log, disk, commits, failures, file, lines };
}

const numbered = (number: number) => entryFixture({ message: `message ${number}` });
const reasonsOf = async (promises: readonly Promise<unknown>[]) =>
  (await Promise.allSettled(promises)).map((one) => (one.status === 'rejected' ? one.reason : 'recorded'));

t.test('an entry is acknowledged after it was synced, not before', async (t) => {
  const { log, disk, lines } = await create(t);
  disk.hold();
  let acknowledged = false;
  const recording = log.record(numbered(0)).then((position) => {
    acknowledged = true;
    return position;
  });
  await sleep(50);
  t.equal(acknowledged, false);
  t.same(await lines(), [canonicalJson(numbered(0))]);
  disk.release();
  t.same(await recording, { index: 0 });
});

t.test('all in flight go out in one append and one sync', async (t) => {
  const { log, disk, commits } = await create(t);
  const positions = await Promise.all(Array.from({ length: 100 }, (_one, number) => log.record(numbered(number))));
  t.same(
    positions.map(({ index }) => index),
    Array.from({ length: 100 }, (_one, index) => index),
  );
  t.same(disk.counts, { append: 1, sync: 1 });
  t.match(commits, [{ entries: 100 }]);
});

t.test('what comes while the disk is busy waits for the next commit, again together', async (t) => {
  const { log, disk } = await create(t);
  disk.hold();
  const first = log.record(numbered(0));
  await sleep(20);
  const later = [1, 2, 3].map((number) => log.record(numbered(number)));
  await sleep(20);
  t.same(disk.counts, { append: 1, sync: 1 });
  disk.release();
  t.same(await Promise.all([first, ...later]), [{ index: 0 }, { index: 1 }, { index: 2 }, { index: 3 }]);
  t.same(disk.counts, { append: 2, sync: 2 });
});

t.test('entries stand in the file in the order in which they came, each at its index', async (t) => {
  const { log, lines } = await create(t, { batchBytesMax: 2000 });
  const recording = Array.from({ length: 300 }, async (_one, number) => {
    if (number % 7 === 0) await sleep(number % 5);
    return { number, ...(await log.record(numbered(number))) };
  });
  const recorded = await Promise.all(recording);
  const file = await lines();
  t.equal(file.length, 300);
  for (const { number, index } of recorded) {
    if (!t.equal(file[index], canonicalJson(numbered(number)))) return;
  }
});

t.test('the index goes on where the file ended', async (t) => {
  const first = await create(t);
  await first.log.record(numbered(0));
  await first.log.record(numbered(1));
  await first.log.close();
  const second = await create(t, {}, first.file);
  t.same(await second.log.record(numbered(2)), { index: 2 });
  t.equal((await second.lines()).length, 3);
});

t.test('one append takes no more bytes than it may, but always one entry', async (t) => {
  const size = Buffer.byteLength(`${canonicalJson(numbered(0))}\n`);
  for (const [batchBytesMax, entries] of [
    [size * 2, [2, 2, 1]],
    [size * 2 - 1, [1, 1, 1, 1, 1]],
    [1, [1, 1, 1, 1, 1]],
  ] as const) {
    await t.test(`${batchBytesMax} bytes`, async (t) => {
      const { log, commits } = await create(t, { batchBytesMax });
      await Promise.all([0, 1, 2, 3, 4].map((number) => log.record(numbered(number))));
      t.same(
        commits.map((commit) => commit.entries),
        entries,
      );
    });
  }
});

t.test('more than may wait are refused, and those that wait are not harmed', async (t) => {
  const { log, disk, lines } = await create(t, { pendingEntriesMax: 2 });
  disk.hold();
  const first = log.record(numbered(0));
  await sleep(20);
  const waiting = [1, 2].map((number) => log.record(numbered(number)));
  await t.rejects(log.record(numbered(3)), { message: '2 entries wait for the disk already' });
  disk.release();
  await Promise.all([first, ...waiting]);
  t.same(await log.record(numbered(4)), { index: 3 });
  t.equal((await lines()).length, 4);
});

t.test('an entry that is too large is refused, and the log goes on', async (t) => {
  const exact = Buffer.byteLength(`${canonicalJson(numbered(0))}\n`);
  const { log } = await create(t, { entryBytesMax: exact });
  t.same(await log.record(numbered(0)), { index: 0 });
  const large = entryFixture({ message: 'message 00' });
  await t.rejects(log.record(large), { message: `an entry of ${exact + 1} bytes exceeds ${exact}` });
  t.same(await log.record(numbered(1)), { index: 1 });
  t.equal(log.failure, undefined);
});

for (const operation of ['append', 'sync'] as const) {
  t.test(`a failing ${operation} refuses everybody who waits, and everybody for ever`, async (t) => {
    const { log, disk, failures, commits } = await create(t, { batchBytesMax: 1 });
    const error = new Error('EIO');
    disk.hold();
    disk.breakWith(operation, error);
    const waiting = [0, 1, 2].map((number) => log.record(numbered(number)));
    disk.release();
    t.same(await reasonsOf(waiting), [error, error, error]);
    t.same(await reasonsOf([log.record(numbered(3)), log.record(numbered(4))]), [error, error]);
    t.equal(log.failure, error);
    t.same(failures, [error], 'told once');
    t.equal(disk.counts[operation], 1, 'tried once');
    t.same(commits, []);
  });
}

t.test('what was acknowledged before the failure stays acknowledged, and stays in the file', async (t) => {
  const { log, disk, lines } = await create(t);
  t.same(await log.record(numbered(0)), { index: 0 });
  disk.breakWith('sync', new Error('EIO'));
  await t.rejects(log.record(numbered(1)), { message: 'EIO' });
  t.equal((await lines())[0], canonicalJson(numbered(0)));
});

t.test('closing waits for what is under way and refuses what comes after', async (t) => {
  const { log, disk, lines } = await create(t);
  disk.hold();
  const recording = log.record(numbered(0));
  await sleep(20);
  const waiting = log.record(numbered(1));
  const closing = log.close();
  disk.release();
  t.same(await Promise.all([recording, waiting]), [{ index: 0 }, { index: 1 }]);
  await closing;
  await t.rejects(log.record(numbered(2)), { message: 'the log is closed' });
  t.equal((await lines()).length, 2);
});

t.test('what is recorded by those whose entry was just acknowledged is not left hanging by the closing', async (t) => {
  for (let turns = 0; turns < 12; turns += 1) {
    const { log } = await create(t);
    const chain = log.record(numbered(0)).then(async () => {
      // The last commit and the closing are a few turns of the microtask queue apart: meet each of them.
      for (let turn = 0; turn < turns; turn += 1) await undefined;
      return log.record(numbered(1));
    });
    const closing = log.close();
    const ending = Promise.race([
      chain.then(
        () => 'ended',
        () => 'ended',
      ),
      sleep(1000, 'hanging'),
    ]);
    if (!t.equal(await ending, 'ended', `${turns} turns later`)) return;
    await closing;
  }
});

t.test('a log that is closed twice, or after it failed, closes', async (t) => {
  const { log, disk } = await create(t);
  disk.breakWith('append', new Error('EIO'));
  await t.rejects(log.record(numbered(0)));
  await log.close();
  await log.close();
  t.match(log.failure, { message: 'EIO' });
});
