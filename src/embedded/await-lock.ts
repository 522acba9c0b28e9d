/** Takes the lock of a folder whose last holder may be ending at this moment. */

import { setTimeout as sleep } from 'node:timers/promises';
import { type FolderLock, lockFolder } from './folder-lock.ts';

const pollMs = 50;

/** Throws EmbeddedError, which names the holder, where it does not end within the time. */
export async function awaitLock(folder: string, timeoutMs: number): Promise<FolderLock> {
  const untilMs = performance.now() + timeoutMs;
  for (;;) {
    try {
      return lockFolder(folder);
    } catch (error) {
      if (performance.now() >= untilMs) throw error;
      await sleep(pollMs);
    }
  }
}
