/** The disk under sealed evidence fails, tears or waits: no place is told before it is durable, and what failed once is never tried again. */

import { appendFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { type Disk, type DiskFile, realDisk } from '../../../src/exchange-log/store/disk.ts';
import { createEvidenceCheck } from '../../../src/exchange-log/verify/evidence-check.ts';
import { bodiesFixture, createEvidenceFixture, recordedFixture } from '../../support/evidence-fixture.ts';
import { createKillableDisk } from '../../support/killable-disk.ts';

const operations = ['open', 'write', 'sync', 'syncFolder'] as const;
type Operation = (typeof operations)[number];

interface FaultyDisk extends Disk {
  readonly counts: Record<Operation, number>;
  failing: Operation | undefined;
  /** Syncs wait for it. */
  gate: Promise<void> | undefined;
}

function createFaultyDisk(): FaultyDisk {
  const counts = { open: 0, write: 0, sync: 0, syncFolder: 0 };
  const demand = (operation: Operation) => {
    counts[operation] += 1;
    if (disk.failing === operation) throw Object.assign(new Error(`EIO: ${operation}`), { code: 'EIO' });
  };
  const watched = (file: DiskFile): DiskFile => ({
    ...file,
    async write(content, position) {
      demand('write');
      await file.write(content, position);
    },
    async sync() {
      await disk.gate;
      demand('sync');
      await file.sync();
    },
  });
  const disk: FaultyDisk = {
    ...realDisk,
    counts,
    failing: undefined,
    gate: undefined,
    async open(file, which) {
      demand('open');
      return watched(await realDisk.open(file, which));
    },
    async syncFolder(folder) {
      demand('syncFolder');
      await realDisk.syncFolder(folder);
    },
  };
  return disk;
}

for (const failing of operations) {
  t.test(`after a failed ${failing} nothing is sealed any more, and nothing is tried again`, async (t) => {
    const disk = createFaultyDisk();
    const { evidences, failures } = await createEvidenceFixture(t, { disk });
    if (failing === 'write' || failing === 'sync') await evidences.seal(bodiesFixture());
    disk.failing = failing;
    const tried = await Promise.allSettled(Array.from({ length: 5 }, () => evidences.seal(bodiesFixture())));
    t.ok(tried.every(({ status }) => status === 'rejected'));
    const { ...counts } = disk.counts;
    disk.failing = undefined;
    await t.rejects(evidences.seal(bodiesFixture()), { message: `EIO: ${failing}` });
    t.same(disk.counts, counts);
    t.equal(failures.length, 1);
    t.match(evidences.failure, { message: `EIO: ${failing}` });
  });
}

t.test('a place is told when the record is durable, and those that wait share one sync', async (t) => {
  const disk = createFaultyDisk();
  const { evidences } = await createEvidenceFixture(t, { disk });
  await evidences.seal(bodiesFixture());
  const { promise, resolve } = Promise.withResolvers<void>();
  disk.gate = promise;
  let told = 0;
  const sealing = Array.from({ length: 30 }, () => evidences.seal(bodiesFixture()).then(() => (told += 1)));
  await sleep(100);
  t.equal(told, 0);
  resolve();
  await Promise.all(sealing);
  t.equal(told, 30);
  t.ok(disk.counts.sync <= 4, `${disk.counts.sync} syncs`);
});

t.test('beyond what may wait for the disk an exchange is refused, and the next one is not', async (t) => {
  const disk = createFaultyDisk();
  const { evidences, failures } = await createEvidenceFixture(t, { disk, limits: { pendingBytesMax: 20_000 } });
  await evidences.seal(bodiesFixture());
  const { promise, resolve } = Promise.withResolvers<void>();
  disk.gate = promise;
  const sealing = Promise.allSettled(Array.from({ length: 60 }, () => evidences.seal(bodiesFixture())));
  await sleep(100);
  resolve();
  const refused = (await sealing).filter(({ status }) => status === 'rejected');
  t.ok(refused.length > 0 && refused.length < 60, `${refused.length} refused`);
  t.match(refused[0], { reason: { message: /wait for the disk already/ } });
  t.ok(await evidences.seal(bodiesFixture()));
  t.same(failures, []);
});

t.test(
  'a process that is killed at any time leaves every place that it told, and a torn end harms nobody',
  async (t) => {
    for (let afterMs = 0; afterMs < 30; afterMs += 6) {
      const disk = createKillableDisk();
      const { evidences, folder, again } = await createEvidenceFixture(t, { disk });
      const told: ReturnType<typeof recordedFixture>[] = [];
      const sealing = Array.from({ length: 40 }, async () => {
        const bodies = bodiesFixture();
        told.push(recordedFixture(bodies, await evidences.seal(bodies)));
      });
      const settled = Promise.allSettled(sealing);
      await sleep(afterMs);
      await disk.kill();
      await settled;
      await evidences.close();
      const [last] = (await readdir(folder)).filter((name) => name.endsWith('.sealed')).slice(-1);
      if (last !== undefined) await appendFile(path.join(folder, last), 'LTS1\0\0torn');
      const restarted = await again(realDisk);
      const bodies = bodiesFixture();
      told.push(recordedFixture(bodies, await restarted.seal(bodies)));
      const check = createEvidenceCheck(folder, 'all');
      for (const recorded of told) {
        t.ok(await restarted.read(recorded));
        await check.entry(recorded.entry);
      }
      t.same(check.census, { checked: told.length, missing: 0, missingFiles: 0 });
    }
  },
);
