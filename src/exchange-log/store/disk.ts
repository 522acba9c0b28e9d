/** The few things that the log does to a disk, so that a test can stand between the two: hold a sync back, let a write fail, count. */

import * as fs from 'node:fs';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { promisify } from 'node:util';
import { DiskFailure } from './disk-failure.ts';

/** Paths are absolute. Errors are those of node:fs. */
export interface Disk {
  /** The whole content of a file. */
  read(path: string): Promise<Buffer>;
  /**
   * Opens a file for writing: a `new` one, mode 0600, which must not exist, or one that does. With `each-durable` each
   * write is durable when it resolves, as if `sync` had been called after it; it says nothing of the other writes.
   */
  open(path: string, which: 'new' | 'existing', writes?: Writes): Promise<DiskFile>;
  /** Names in a folder, in no order; none where there is no such folder. */
  list(folder: string): Promise<string[]>;
  /** Makes a folder and those above it, mode 0700; leaves one that is there. */
  makeFolder(path: string): Promise<void>;
  /** Replaces what is at the new path, in one step. */
  rename(from: string, to: string): Promise<void>;
  /** Removes a file, or a folder and all in it; what is not there is no error. */
  remove(path: string): Promise<void>;
  /** fsync(2) of a folder: without it a power cut can take away the names of files whose content is safe. */
  syncFolder(path: string): Promise<void>;
}

export type Writes = 'buffered' | 'each-durable';

export interface DiskFile {
  /** Resolves when every byte is written, which is not yet durable unless the file was opened so. */
  write(content: Uint8Array, position: number): Promise<void>;
  truncate(sizeBytes: number): Promise<void>;
  /** fdatasync(2): what was written before is durable. After it has failed nothing in the file can be trusted. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

// Plain descriptors: a FileHandle costs twice as much, and a commit pays for it in the time that replies wait.
const openFile = promisify(fs.open);
const closeFile = promisify(fs.close);
const writeFile = promisify(fs.write);
const syncFile = promisify(fs.fdatasync);
const syncWhole = promisify(fs.fsync);
const truncateFile = promisify(fs.ftruncate);

const { O_CREAT, O_DSYNC, O_EXCL, O_RDONLY, O_WRONLY } = fs.constants;
/** On Linux alone: one call to another thread instead of two. Elsewhere it is less than what node:fs does for a sync. */
const isDsyncEnough = process.platform === 'linux';

export const realDisk: Disk = {
  read: (path) => readFile(path),
  async open(path, which, writes = 'buffered') {
    const made = which === 'new' ? O_CREAT | O_EXCL : 0;
    if (writes === 'buffered') return createFile(await openFile(path, O_WRONLY | made, 0o600));
    if (isDsyncEnough) return createFile(await openFile(path, O_WRONLY | made | O_DSYNC, 0o600));
    return syncingEachWrite(createFile(await openFile(path, O_WRONLY | made, 0o600)));
  },
  list: (folder) => readdir(folder).catch((error) => (isMissing(error) ? [] : Promise.reject(error))),
  async makeFolder(path) {
    await mkdir(path, { recursive: true, mode: 0o700 });
  },
  rename: (from, to) => rename(from, to),
  remove: (path) => rm(path, { recursive: true, force: true }),
  async syncFolder(path) {
    const descriptor = await openFile(path, O_RDONLY);
    try {
      await syncWhole(descriptor);
    } catch (error) {
      throw new DiskFailure(path, error);
    } finally {
      await closeFile(descriptor);
    }
  },
};

/** The same file; each write is durable when it resolves. */
export function syncingEachWrite(file: DiskFile): DiskFile {
  return {
    ...file,
    async write(content, position) {
      await file.write(content, position);
      await file.sync();
    },
  };
}

/** True for the error of a file or folder that is not there. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === 'ENOENT';
}

function createFile(descriptor: number): DiskFile {
  return {
    async write(content, position) {
      let written = 0;
      while (written < content.byteLength) {
        const left = content.byteLength - written;
        written += (await writeFile(descriptor, content, written, left, position + written)).bytesWritten;
      }
    },
    truncate: (sizeBytes) => truncateFile(descriptor, sizeBytes),
    sync: () => syncFile(descriptor),
    close: () => closeFile(descriptor),
  };
}
