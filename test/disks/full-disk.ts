/** The file system is full: the log says so and refuses, and once there is room again everything acknowledged is there. */

import { rm, statfs, writeFile } from 'node:fs/promises';
import path from 'node:path';
import t from 'tap';
import { demandKept } from '../support/kept-log.ts';
import { makeLoopDisk } from '../support/loop-disk.ts';
import { startRecorder } from '../support/recorder.ts';

t.setTimeout(300_000);

const roomBytes = 1 << 20;

t.test('a full disk takes nothing away', async (t) => {
  const disk = await makeLoopDisk(t, 16);
  const folder = path.join(disk.folder, 'exchange-log');
  const ballast = path.join(disk.folder, 'ballast');
  const { bavail, bsize } = await statfs(disk.folder);
  await writeFile(ballast, Buffer.alloc(bavail * bsize - roomBytes));
  const recorded = await startRecorder(t, { folder, counts: Array(5000).fill(100) }).ended;
  t.equal(recorded.failures.length, 1);
  t.match(recorded.failures[0], folder);
  t.match(recorded.failures[0], /ENOSPC: no space left on device/);
  t.ok(recorded.acknowledged > 1000, `${recorded.acknowledged} entries were acknowledged`);
  t.ok(recorded.refused > 0, 'from then on it refused');

  const still = await startRecorder(t, { folder, counts: [1] }).ended;
  t.match(still.failures, [/ENOSPC: no space left on device/], 'as long as the disk is full the log does not start');
  await rm(ballast);
  await demandKept(t, folder, recorded, 'after space was made');
});
