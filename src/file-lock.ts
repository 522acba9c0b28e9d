/** A lock that the kernel holds for one process, so that no crash can leave a stale one. */

import { DatabaseSync } from 'node:sqlite';

export interface FileLock {
  /** A second call does nothing. */
  release(): void;
}

const sqliteBusy = 5;

/**
 * Makes the file, which stays empty. Undefined where another process has the lock; throws what SQLite throws where there
 * are no locks.
 *
 * SQLite is the one way in Node to an fcntl lock. Such a lock ends with its process however that ends, tells a live holder
 * from a reused process number, and holds between containers that share a volume, where neither sees the other's processes.
 */
export function lockFile(path: string): FileLock | undefined {
  const lock = new DatabaseSync(path, { timeout: 0 });
  try {
    lock.exec('PRAGMA journal_mode = OFF; BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    if ((error as { errcode?: number }).errcode === sqliteBusy) return undefined;
    throw error;
  }
  return {
    release() {
      if (lock.isOpen) lock.close();
    },
  };
}
