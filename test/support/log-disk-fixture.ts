/** Stands between the exchange log and its disk: counts the commits that reach it, holds them back or lets them fail. */

import { basename } from 'node:path';
import { type Disk, type DiskFile, syncingEachWrite } from '../../src/exchange-log/store/disk.ts';

type Operation = 'append' | 'sync';

export interface WatchedDisk extends Disk {
  /** Of commits only: not of the making of segments, nor of tiles and checkpoints. */
  readonly counts: Readonly<Record<Operation, number>>;
  /** Syncs that are held back. */
  readonly waiting: number;
  /** From now on syncs wait, after the entries were appended. */
  hold(): void;
  /** Syncs that wait go on, and none waits any more. */
  release(): void;
  /** From now on the operation fails. */
  breakWith(operation: Operation, error: Error): void;
}

export function watchDisk(disk: Disk): WatchedDisk {
  const counts = { append: 0, sync: 0 };
  const errors: Partial<Record<Operation, Error>> = {};
  /** Unfinished names of the segments that have come into use. */
  const inUse = new Set<string>();
  let gate: PromiseWithResolvers<void> | undefined;
  let waiting = 0;

  const commitsOf = (path: string, file: DiskFile): DiskFile => ({
    ...file,
    async write(content, position) {
      if (inUse.has(path)) {
        counts.append += 1;
        if (errors.append !== undefined) throw errors.append;
      }
      await file.write(content, position);
    },
    async sync() {
      if (inUse.has(path)) {
        counts.sync += 1;
        waiting += 1;
        await gate?.promise;
        waiting -= 1;
        if (errors.sync !== undefined) throw errors.sync;
      }
      await file.sync();
    },
  });

  return {
    ...disk,
    counts,
    get waiting() {
      return waiting;
    },
    hold: () => {
      gate = Promise.withResolvers();
    },
    release: () => {
      gate?.resolve();
      gate = undefined;
    },
    breakWith: (operation, error) => {
      errors[operation] = error;
    },
    async open(path, which, writes) {
      if (!basename(path).startsWith('segment-')) return disk.open(path, which, writes);
      const file = commitsOf(path, await disk.open(path, which));
      return writes === 'each-durable' ? syncingEachWrite(file) : file;
    },
    async rename(from, to) {
      await disk.rename(from, to);
      if (to.endsWith('.seg')) inUse.add(from);
    },
  };
}
