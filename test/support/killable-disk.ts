/** A disk that a process can be cut off from, as by SIGKILL: what it has asked for by then is done, nothing after it. */

import { type Disk, type DiskFile, realDisk } from '../../src/exchange-log/store/disk.ts';

export interface KillableDisk extends Disk {
  /** From now on nothing changes on the disk. */
  kill(): Promise<void>;
}

export function createKillableDisk(): KillableDisk {
  const underWay = new Set<Promise<unknown>>();
  let killed = false;

  async function alive<T>(work: () => Promise<T>): Promise<T> {
    if (killed) throw new Error('killed');
    const done = work();
    underWay.add(done);
    try {
      return await done;
    } finally {
      underWay.delete(done);
    }
  }

  const killable = (file: DiskFile): DiskFile => ({
    write: (content, position) => alive(() => file.write(content, position)),
    truncate: (sizeBytes) => alive(() => file.truncate(sizeBytes)),
    sync: () => alive(() => file.sync()),
    close: () => file.close(),
  });

  return {
    ...realDisk,
    open: (path, which, writes) => alive(async () => killable(await realDisk.open(path, which, writes))),
    makeFolder: (path) => alive(() => realDisk.makeFolder(path)),
    rename: (from, to) => alive(() => realDisk.rename(from, to)),
    remove: (path) => alive(() => realDisk.remove(path)),
    syncFolder: (path) => alive(() => realDisk.syncFolder(path)),
    async kill() {
      killed = true;
      await Promise.allSettled(underWay);
    },
  };
}
