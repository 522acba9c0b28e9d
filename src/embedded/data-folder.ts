/** The one folder in which a gateway keeps all that it owns, closed to other users and to other gateways. */

import { chmod, mkdir, readdir, realpath, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { EmbeddedError, errorCode } from './embedded-error.ts';
import { lockFileName, lockFolder } from './folder-lock.ts';

/** Locked from opening until `close()`. */
export interface DataFolder {
  /** Absolute, without symbolic links. */
  readonly path: string;
  /** Creates the sub-folder if absent (mode 0700) and returns its path. `name` may have several segments. */
  folder(name: string): Promise<string>;
  close(): void;
}

const ownerOnly = 0o700;
const subFolderName = /^[a-z0-9][a-z0-9._-]*(\/[a-z0-9][a-z0-9._-]*)*$/;

/** Opens the data folder, creates it if absent, and takes its lock. Throws EmbeddedError if it is unusable or in use. */
export async function openDataFolder(path: string): Promise<DataFolder> {
  const wanted = resolve(path);
  await prepare(wanted);
  const root = await realpath(wanted);
  const lock = lockFolder(root);
  return { ...subFoldersOf(root), close: lock.release };
}

/** Of a data folder that somebody else has locked for this process. */
export function subFoldersOf(root: string): Omit<DataFolder, 'close'> {
  return {
    path: root,
    folder: async (name) => {
      if (!subFolderName.test(name)) throw new EmbeddedError(`"${name}" cannot be the name of a sub-folder`);
      const folder = join(root, name);
      await mkdir(folder, { recursive: true, mode: ownerOnly });
      return folder;
    },
  };
}

async function prepare(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: ownerOnly });
    if (((await stat(path)).mode & 0o077) !== 0) await tighten(path);
    await readdir(path);
  } catch (error) {
    if (error instanceof EmbeddedError) throw error;
    const user = process.getuid?.() ?? 'unknown';
    throw new EmbeddedError(
      `The data folder ${path} cannot be used by user id ${user} (${errorCode(error)}): ` +
        'name a folder that this user owns, or one that it may create',
      error,
    );
  }
}

/** Only an empty folder or one of ours is closed to others: a mistyped `/tmp` must not be. */
async function tighten(path: string): Promise<void> {
  const entries = (await readdir(path)).filter((entry) => entry !== 'lost+found');
  if (entries.length > 0 && !entries.includes(lockFileName)) {
    throw new EmbeddedError(
      `${path} is open to other users and holds files of someone else: name an empty folder or a new one as the data folder`,
    );
  }
  await chmod(path, ownerOnly);
}
