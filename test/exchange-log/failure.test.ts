/** Any failed write or sync is final: nothing is acknowledged from then on, nothing is tried again, and what was acknowledged is found after a restart. */

import t, { type Test } from 'tap';
import { type Disk, type DiskFile, realDisk, syncingEachWrite } from '../../src/exchange-log/store/disk.ts';
import type { TransparencyLog } from '../../src/exchange-log/transparency-log.ts';
import { checkpointOf, demandNumbers, makeLogFolder, numberedEntry, openTestLog } from '../support/log-fixture.ts';

const settings = { segmentBytes: 8192, entryBytesMax: 1000, batchBytesMax: 2000, checkpointIntervalMs: 5 };

interface FailingDisk extends Disk {
  /** The operation that failed; empty before. */
  readonly failed: string;
  /** Operations since then. */
  readonly after: string[];
  fail(): void;
}

/** Once `fail` was called, the first operation whose description matches fails. */
function createFailingDisk(matching: RegExp): FailingDisk {
  const after: string[] = [];
  let armed = false;
  let failed = '';

  function demand(operation: string): void {
    if (failed !== '') after.push(operation);
    if (!armed || failed !== '' || !matching.test(operation)) return;
    failed = operation;
    throw Object.assign(new Error(`EIO: ${operation}`), { code: 'EIO' });
  }

  const watched = (path: string, file: DiskFile): DiskFile => ({
    async write(content, position) {
      demand(`write ${path}`);
      await file.write(content, position);
    },
    async sync() {
      demand(`sync ${path}`);
      await file.sync();
    },
    async truncate(sizeBytes) {
      demand(`truncate ${path}`);
      await file.truncate(sizeBytes);
    },
    close: () => file.close(),
  });

  return {
    ...realDisk,
    get failed() {
      return failed;
    },
    after,
    fail: () => {
      armed = true;
    },
    async open(path, which, writes) {
      demand(`open ${path}`);
      const file = watched(path, await realDisk.open(path, which));
      return writes === 'each-durable' ? syncingEachWrite(file) : file;
    },
    async rename(from, to) {
      demand(`rename ${to}`);
      await realDisk.rename(from, to);
    },
    async remove(path) {
      demand(`remove ${path}`);
      await realDisk.remove(path);
    },
    async syncFolder(path) {
      demand(`syncFolder ${path}`);
      await realDisk.syncFolder(path);
    },
  };
}

/** Records one entry after the other until the log refuses; how many it acknowledged. */
async function recordUntilRefused(t: Test, log: TransparencyLog): Promise<number> {
  for (let index = log.size(); index < 5000; index += 1) {
    try {
      t.equal((await log.record(numberedEntry(index))).index, index);
    } catch (error) {
      t.match(error, { code: 'EIO' });
      return index;
    }
  }
  throw new Error('the log never refused');
}

for (const [what, matching] of [
  ['write of a commit', /write .*unfinished\/segment-0/],
  ['sync of a commit', /sync .*unfinished\/segment-0/],
  ['making of a segment', /open .*unfinished\/segment-1/],
  ['filling of a segment', /write .*unfinished\/segment-1/],
  ['sync of a segment that is made', /sync .*unfinished\/segment-1/],
  ['naming of a segment', /rename .*\.seg/],
  ['sync of the folder of segments', /syncFolder .*segments/],
  ['sealing of a segment', /truncate .*segment-0/],
  ['write of a tile or bundle', /write .*unfinished\/file-/],
  ['sync of a tile or bundle', /sync .*unfinished\/file-/],
  ['naming of a bundle', /rename .*tile\/entries\/000/],
  ['sync of a folder of tiles', /syncFolder .*tile\/0/],
  ['naming of a checkpoint', /rename .*checkpoint/],
  ['removal of a partial tile', /remove .*000\.p/],
  ['removal of a segment', /remove .*\.seg/],
] as const) {
  t.test(`after a failed ${what} nothing is acknowledged any more`, async (t) => {
    const folder = await makeLogFolder(t);
    const disk = createFailingDisk(matching);
    const failures: unknown[] = [];
    const log = await openTestLog({ folder, disk, settings, observer: { failed: (error) => failures.push(error) } });
    await log.record(numberedEntry(0));
    await log.waitForCheckpoint(0);
    disk.fail();
    const acknowledged = await recordUntilRefused(t, log);
    for (let more = 0; more < 3; more += 1) await t.rejects(log.record(numberedEntry(acknowledged)), { code: 'EIO' });
    t.match(log.failure, { code: 'EIO' });
    t.equal(failures.length, 1, 'it is told once');
    await log.close();
    t.notOk(disk.after.includes(disk.failed), `${disk.failed} is not tried again`);
    const { size } = checkpointOf(log);
    t.ok(size <= acknowledged, 'no checkpoint covers what was refused');
    if (size < acknowledged) await t.rejects(log.waitForCheckpoint(acknowledged - 1), { code: 'EIO' });

    const again = await openTestLog({ folder, settings });
    const found = again.size();
    t.ok(found === acknowledged || found === acknowledged + 1, `${found} found, ${acknowledged} acknowledged`);
    await demandNumbers(t, again, found);
    await again.close();
  });
}

t.test('a disk that fails at the start keeps the log from starting', async (t) => {
  for (const matching of [/sync .*segment-0/, /rename .*\.seg/, /sync .*file-0/, /rename .*checkpoint/, /syncFolder/]) {
    const folder = await makeLogFolder(t);
    const disk = createFailingDisk(matching);
    disk.fail();
    await t.rejects(openTestLog({ folder, disk, settings }), { code: 'EIO' }, String(matching));
    const log = await openTestLog({ folder, settings });
    await log.record(numberedEntry(0));
    await log.close();
  }
});
