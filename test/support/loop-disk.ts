/** An ext4 file system of its own in a file, mounted; and what a power cut at this moment would leave of it. Needs root and loop devices. */

import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Test } from 'tap';

export interface LoopDisk {
  /** Where it is mounted. */
  readonly folder: string;
  /** A mounted copy of what its device has been given by now; what only the page cache of the file system holds is not in it. */
  cutPower(): Promise<LoopDisk>;
  /** Done by the test's end, too. */
  unmount(): Promise<void>;
}

const run = promisify(execFile);

/**
 * `commit=300`: the journal is written when a sync asks for it, else after five minutes, so that a name or a size that
 * nobody synced is really gone. Throws Error where this may not be done.
 */
export async function makeLoopDisk(t: Test, sizeMiB: number): Promise<LoopDisk> {
  const parent = await mkdtemp(path.join(tmpdir(), 'lienthong-disk-'));
  t.teardown(() => rm(parent, { recursive: true, force: true }));
  const image = path.join(parent, 'image');
  await writeFile(image, '');
  await truncate(image, sizeMiB << 20);
  await run('mkfs.ext4', ['-q', '-F', '-m', '0', image]);
  let copies = 0;

  async function mounted(file: string): Promise<LoopDisk> {
    const folder = `${file}-mounted`;
    await mkdir(folder);
    await run('mount', ['-o', 'loop,commit=300', file, folder]).catch((cause: Error) => {
      throw new Error(
        `This test mounts a loop device, for which it needs root and /dev/loop-control: ${cause.message}`,
        {
          cause,
        },
      );
    });
    let isMounted = true;
    const unmount = async () => {
      // Lazy: after a failure somebody may still have a file open in it.
      if (isMounted) await run('umount', ['--lazy', folder]);
      isMounted = false;
    };
    t.teardown(unmount);
    return {
      folder,
      unmount,
      async cutPower() {
        const copy = path.join(parent, `copy-${copies++}`);
        await run('cp', ['--sparse=always', file, copy]);
        return mounted(copy);
      },
    };
  }

  return mounted(image);
}
