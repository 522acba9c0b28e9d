/** A real process is killed at one system call after the other: what it acknowledged is there, what it published is not contradicted. */

import { rm } from 'node:fs/promises';
import path from 'node:path';
import t from 'tap';
import { demandKept, type Promised } from '../support/kept-log.ts';
import { makeLogFolder } from '../support/log-fixture.ts';
import { startRecorder } from '../support/recorder.ts';

t.setTimeout(600_000);

/** What changes a disk. Tried is one call of so many; LIENTHONG_SWEEP=full tries them all. */
const sweeps: { readonly what: string; readonly calls: string; readonly each: number; readonly least: number }[] = [
  { what: 'sync of a file', calls: 'fdatasync', each: 1, least: 2 },
  { what: 'sync of a folder', calls: 'fsync', each: 3, least: 25 },
  { what: 'write', calls: 'pwrite64', each: 2, least: 30 },
  { what: 'rename', calls: '?rename,?renameat,?renameat2', each: 4, least: 20 },
  { what: 'removal', calls: '?unlink,unlinkat,?rmdir', each: 3, least: 5 },
  { what: 'truncation', calls: 'ftruncate', each: 1, least: 1 },
  { what: 'making of a folder', calls: '?mkdir,mkdirat', each: 5, least: 10 },
];
const isFull = process.env.LIENTHONG_SWEEP === 'full';

/** Across bundles, segments and checkpoints. */
const counts = [1, 100, 160, 1];

for (const { what, calls, each, least } of sweeps) {
  t.test(`killed at a ${what}`, async (t) => {
    const step = isFull ? 1 : each;
    let at = 1;
    for (let done = false; !done; at += step) {
      const folder = await makeLogFolder(t);
      const injection = { calls, fault: 'signal=KILL', when: String(at) };
      const recorded = await startRecorder(t, { folder, counts }, injection).ended;
      done = recorded.closed;
      await demandKept(t, folder, recorded, `${what} ${at}`);
      await rm(path.dirname(folder), { recursive: true });
    }
    t.ok(at - step > least, `of ${at - step - 1} of them each ${step}. was tried`);
  });
}

t.test('killed again and again, also while it recovers', async (t) => {
  const folder = await makeLogFolder(t);
  const known: Promised[] = [];
  for (let at = 1; at <= 60; at += isFull ? 1 : 3) {
    const injection = { calls: 'pwrite64,fsync', fault: 'signal=KILL', when: String(at) };
    known.push(await startRecorder(t, { folder, counts: [1, 100, 160, 1, 100] }, injection).ended);
  }
  const acknowledged = Math.max(...known.map((promised) => promised.acknowledged));
  const checkpoints = known.flatMap((promised) => promised.checkpoints);
  t.ok(acknowledged > 300 && checkpoints.length > 20, `${acknowledged} entries, ${checkpoints.length} checkpoints`);
  await demandKept(t, folder, { acknowledged, checkpoints }, 'all of them');
});
