/** Finds the embedded PostgreSQL that another process runs on a data folder, for commands that only ask it something. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openKeys } from './keys.ts';
import { clusterFolderIn } from './postgres-cluster.ts';
import { createDatabases } from './postgres-databases.ts';
import { pidFileOf } from './postgres-leftovers.ts';

/** postgres:// URL of a database on it; undefined where no server says that it is ready. It may have ended since. */
export async function runningDatabase(dataFolder: string, database: string): Promise<string | undefined> {
  const lines = (await readFile(pidFileOf(clusterFolderIn(dataFolder)), 'latin1').catch(() => '')).split('\n');
  // PostgreSQL: src/include/utils/pidfile.h.
  const port = Number(lines[3]);
  if (!(port > 0) || lines[7]?.trim() !== 'ready') return undefined;
  return createDatabases(port, await openKeys(join(dataFolder, 'keys')).secret('postgres')).url(database);
}
