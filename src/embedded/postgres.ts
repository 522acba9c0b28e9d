/** A real PostgreSQL that the gateway brings, starts and stops by itself where no server is configured: same SQL, same durability. */

import { join } from 'node:path';
import { openBoundedLogFile } from './bounded-log-file.ts';
import type { DataFolder } from './data-folder.ts';
import { openKeys } from './keys.ts';
import type { Log } from './log.ts';
import { accountFor } from './postgres-account.ts';
import { findBinaries } from './postgres-binaries.ts';
import { clusterFolderIn, prepareCluster } from './postgres-cluster.ts';
import { administratorPassword, createDatabases } from './postgres-databases.ts';
import { type ServerFacts, startServer } from './postgres-server.ts';
import { type PostgresLimits, postgresLimits } from './postgres-settings.ts';
import { type RestartLimits, restartLimits, supervise } from './supervise.ts';

export interface EmbeddedPostgres {
  /** On 127.0.0.1; the same for as long as the server is open, restarts after a crash included. */
  readonly port: number;
  /** postgres:// URL of a database as its owner, who is no superuser. The name is checked, its existence is not. */
  url(database: string): string;
  /** Creates the database if absent. */
  createDatabase(database: string): Promise<void>;
  /** Fast shutdown: ends what is still connected; resolves when the server has ended. */
  close(): Promise<void>;
}

export interface EmbeddedPostgresOptions {
  readonly folder: DataFolder;
  readonly log: Log;
  readonly limits?: Partial<PostgresLimits>;
  readonly restart?: RestartLimits;
}

/**
 * Resolves when the server takes connections; makes its cluster on the first start. Throws EmbeddedError saying what to
 * mend. A server that ends by itself is started again on the same port; what its commits acknowledged is on disk.
 */
export async function startEmbeddedPostgres({
  folder,
  log,
  ...options
}: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const limits = { ...postgresLimits, ...options.limits };
  const secret = await openKeys(await folder.folder('keys')).secret('postgres');
  const account = await accountFor(clusterFolderIn(folder.path));
  const binaries = await findBinaries(account, folder.path);
  const place = { folder: folder.path, binaries, account };
  const cluster = await prepareCluster(place, administratorPassword(secret), limits.initialiseTimeoutMs);
  const output = openBoundedLogFile(join(folder.path, 'postgres.log'), limits.logBytesMax, limits.logCheckMs, log);
  const server = { postgres: binaries.postgres, cluster, account, limits, output, log };
  try {
    const supervised = await supervise<ServerFacts>({
      name: 'postgres',
      start: (previous) => startServer(server, previous?.port),
      limits: options.restart ?? restartLimits,
      log,
    });
    const databases = createDatabases(supervised.facts.port, secret);
    let closing: Promise<void> | undefined;
    return {
      port: supervised.facts.port,
      url: databases.url,
      createDatabase: databases.create,
      close: () => {
        closing ??= supervised.close().finally(output.close);
        return closing;
      },
    };
  } catch (error) {
    output.close();
    throw error;
  }
}
