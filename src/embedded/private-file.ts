/** Reads and writes secret files so that a crash leaves the old content or the new, and a file that others may read is refused. */

import { randomBytes } from 'node:crypto';
import { link, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { EmbeddedError, errorCode } from './embedded-error.ts';

const ownerOnly = 0o600;
const rightsOfOthers = 0o077;
const fileBytesMax = 64 * 1024;

/** The file's text; undefined where there is none. Throws EmbeddedError if its mode lets anyone but its owner in. */
export async function readPrivate(path: string): Promise<string | undefined> {
  let file: Awaited<ReturnType<typeof open>>;
  try {
    file = await open(path, 'r');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const { mode, size } = await file.stat();
    if ((mode & rightsOfOthers) !== 0) {
      throw new EmbeddedError(
        `${path} is a secret that others may read or write (mode ${(mode & 0o777).toString(8).padStart(4, '0')}): ` +
          `find out who could, then run: chmod 600 ${path}`,
      );
    }
    if (size > fileBytesMax) throw new EmbeddedError(`${path} is larger than ${fileBytesMax} bytes, so it is not ours`);
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

/** Creates the file, durable when this resolves. False, and nothing changed, if it exists: a secret is never written over. */
export async function createPrivate(path: string, content: string): Promise<boolean> {
  const temporary = await writeTemporary(path, content);
  try {
    await link(temporary, path);
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(temporary);
  }
  await syncFolder(dirname(path));
  return true;
}

/** Creates or replaces the file at once, durable when this resolves. */
export async function replacePrivate(path: string, content: string): Promise<void> {
  await rename(await writeTemporary(path, content), path);
  await syncFolder(dirname(path));
}

/** Makes the names in a folder durable: a renamed file may otherwise be gone after a power cut. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function writeTemporary(path: string, content: string): Promise<string> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.new`;
  const file = await open(temporary, 'wx', ownerOnly);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  return temporary;
}
