/** Writes a small file anew in one step, so that a crash leaves the former content or the new one, whole. */

import path from 'node:path';
import type { Disk } from './disk.ts';
import { namingFailures } from './disk-failure.ts';

/** Durable when this resolves. */
export async function replaceFile(disk: Disk, target: string, text: string): Promise<void> {
  const unfinished = `${target}.new`;
  await disk.remove(unfinished);
  const file = namingFailures(await disk.open(unfinished, 'new'), target);
  try {
    await file.write(Buffer.from(text), 0);
    await file.sync();
  } finally {
    await file.close();
  }
  await disk.rename(unfinished, target);
  await disk.syncFolder(path.dirname(target));
}
