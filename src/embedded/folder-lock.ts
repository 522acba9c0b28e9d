/** Keeps two gateways out of one data folder by a lock that the kernel holds, so that no crash can leave a stale one. */

import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { type FileLock, lockFile } from '../file-lock.ts';
import { EmbeddedError } from './embedded-error.ts';

export const lockFileName = 'lock';
const holderFileName = 'gateway.pid';

export interface FolderLock {
  /** Also removes the holder file; a second call does nothing. */
  release(): void;
}

/** Takes the lock or throws EmbeddedError naming the process that has it. */
export function lockFolder(folder: string): FolderLock {
  const lock = takeLock(folder);
  if (lock === undefined) {
    throw new EmbeddedError(
      `The data folder ${folder} is in use by another gateway or command (${holder(folder)}): stop that one or wait for its end, or name another data folder`,
    );
  }
  writeFileSync(join(folder, holderFileName), `${process.pid} ${hostname()}\n`, { mode: 0o600 });
  let isHeld = true;
  return {
    release() {
      if (isHeld) rmSync(join(folder, holderFileName), { force: true });
      isHeld = false;
      lock.release();
    },
  };
}

function takeLock(folder: string): FileLock | undefined {
  try {
    return lockFile(join(folder, lockFileName));
  } catch (error) {
    throw new EmbeddedError(
      `The data folder ${folder} cannot be locked: put it on a file system that has locks`,
      error,
    );
  }
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
