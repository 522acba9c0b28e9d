/** Decides as which user PostgreSQL runs, because it refuses to run as root and a container often has no other account. */

import { stat } from 'node:fs/promises';
import { EmbeddedError, errorCode } from './embedded-error.ts';

/** Handed to `spawn`, which leaves root's groups and capabilities behind with its user id. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** `nobody`, the unprivileged account that all Linux distributions have. */
const nobody: Account = { uid: 65_534, gid: 65_534 };

/** Undefined: as the gateway's own user. Under root: as the owner of the cluster that is there, else as nobody. */
export async function accountFor(clusterFolder: string): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  if (process.platform !== 'linux') {
    throw new EmbeddedError(
      'Under root the embedded PostgreSQL runs on Linux only: start the gateway as an ordinary user',
    );
  }
  const owner = await stat(clusterFolder).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (owner === undefined || owner.uid === 0) return nobody;
  return { uid: owner.uid, gid: owner.gid };
}

/**
 * What a process of that account calls the folder that it was started in. The data folder is closed to the account, so
 * no path from the root leads there; the link of the kernel to the process's own working directory does, without any
 * privilege. PostgreSQL works in its data directory, which therefore must be the `cwd` of `spawn`.
 */
export function ownFolder(folder: string, account: Account | undefined): string {
  return account === undefined ? folder : '/proc/self/cwd';
}

/** All that PostgreSQL's programs are told of the gateway's environment, which may hold secrets. */
export function postgresEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' };
}
