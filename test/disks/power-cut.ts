/** The power goes, again and again, while a process records on a real file system: what it acknowledged by then is on the disk. */

import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { demandKept } from '../support/kept-log.ts';
import { makeLoopDisk } from '../support/loop-disk.ts';
import { startRecorder } from '../support/recorder.ts';

t.setTimeout(300_000);

const cuts = 12;

t.test('nothing acknowledged is lost by a power cut', async (t) => {
  const disk = await makeLoopDisk(t, 192);
  const log = (folder: string) => path.join(folder, 'exchange-log');
  // Few in each commit, so that neither the entries nor the disk come to an end before the last cut.
  const recorder = startRecorder(t, { folder: log(disk.folder), counts: Array(20_000).fill(8) });
  const sizes: number[] = [];
  for (let cut = 0; cut < cuts; cut += 1) {
    await sleep(200 + 37 * (cut % 5));
    await writeFile(path.join(disk.folder, `never-synced-${cut}`), 'x'.repeat(10_000));
    const promised = await recorder.pause();
    const copy = await disk.cutPower();
    recorder.goOn();
    const unsynced = await readFile(path.join(copy.folder, `never-synced-${cut}`)).catch(() => Buffer.alloc(0));
    t.equal(unsynced.byteLength, 0, 'what nobody synced is lost: the power was really cut');
    await demandKept(t, log(copy.folder), promised, `cut ${cut}`);
    await copy.unmount();
    sizes.push(promised.acknowledged);
  }
  await recorder.kill();
  t.ok((sizes.at(-1) ?? 0) > 1000, `entries acknowledged before each cut: ${sizes}`);
});
