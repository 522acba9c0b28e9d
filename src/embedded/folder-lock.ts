/** Keeps two gateways out of one data folder by a lock that the kernel holds, so that no crash can leave a stale one. */

import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { EmbeddedError } from './embedded-error.ts';

export const lockFileName = 'lock';
const holderFileName = 'gateway.pid';

const sqliteBusy = 5;

export interface FolderLock {
  /** Also removes the holder file; a second call does nothing. */
  release(): void;
}

/**
 * Takes the lock or throws EmbeddedError naming the process that has it.
 *
 * SQLite is the one way in Node to an fcntl lock (the file stays empty; nothing is ever stored in it). Such a lock ends
 * with its process however that ends, tells a live holder from a reused process number, and holds between containers
 * that share a volume, where neither sees the other's processes.
 */
export function lockFolder(folder: string): FolderLock {
  const lock = new DatabaseSync(join(folder, lockFileName), { timeout: 0 });
  try {
    lock.exec('PRAGMA journal_mode = OFF; BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    if ((error as { errcode?: number }).errcode === sqliteBusy) {
      throw new EmbeddedError(
        `The data folder ${folder} is in use by another gateway or command (${holder(folder)}): stop that one or wait for its end, or name another data folder`,
      );
    }
    throw new EmbeddedError(
      `The data folder ${folder} cannot be locked: put it on a file system that has locks`,
      error,
    );
  }
  writeFileSync(join(folder, holderFileName), `${process.pid} ${hostname()}\n`, { mode: 0o600 });
  return {
    release: () => {
      if (!lock.isOpen) return;
      rmSync(join(folder, holderFileName), { force: true });
      lock.close();
    },
  };
}

/** Who wrote the holder file; only for the message, nothing is decided by it. */
function holder(folder: string): string {
  try {
    const [pid, host] = readFileSync(join(folder, holderFileName), 'utf8').trim().split(' ');
    return `process ${pid} on ${host}`;
  } catch {
    return 'process unknown';
  }
}
