/** Finds a place for what a run writes: on a real disk, and gone afterwards. */

import { mkdir, mkdtemp, rm, rmdir, statfs } from 'node:fs/promises';
import path from 'node:path';

/** File systems that live in memory, by the number that statfs(2) gives them: there, durability costs nothing. */
const inMemory = new Set([0x01021994, 0x858458f6]);

/** A new folder in `parent`, or beside the benchmark; removed when the stack is disposed of. Throws Error where it would lie in memory. */
export async function makeTemporaryFolder(stack: AsyncDisposableStack, parent: string | undefined): Promise<string> {
  const place = path.resolve(parent ?? path.join(import.meta.dirname, 'data'));
  await mkdir(place, { recursive: true });
  if (parent === undefined) {
    // Another run may still have its folder in it.
    stack.defer(() => rmdir(place).catch(() => undefined));
  }
  if (inMemory.has((await statfs(place)).type)) {
    throw new Error('the temporary folder would lie in memory, where nothing is durable: name another one with --data');
  }
  const folder = await mkdtemp(path.join(place, 'run-'));
  stack.defer(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }));
  return folder;
}
