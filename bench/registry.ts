/** The registry behind the gateway: the population adapter's sample data on a PostgreSQL that the benchmark starts for itself. */

import pg from 'pg';
import { seed } from '../adapters/population/seed.ts';
import { openDataFolder } from '../src/embedded/data-folder.ts';
import type { Log } from '../src/embedded/log.ts';
import { startEmbeddedPostgres } from '../src/embedded/postgres.ts';

export interface Registry extends AsyncDisposable {
  /** postgres:// URL. */
  readonly url: string;
  /** Of the server. */
  readonly version: string;
  /** Makes an empty database beside it; its URL. */
  database(name: string): Promise<string>;
}

const connectTimeoutMs = 10_000;

/** What goes wrong with the server; that it starts and ends is no news. */
const log: Log = {
  info: () => undefined,
  warn: (object, message) => console.error(message, object),
  error: (object, message) => console.error(message, object),
};

/** Runs where this process runs. */
export async function openRegistry(folder: string): Promise<Registry> {
  await using opening = new AsyncDisposableStack();
  const dataFolder = await openDataFolder(folder);
  opening.defer(() => dataFolder.close());
  const postgres = await startEmbeddedPostgres({ folder: dataFolder, log });
  opening.defer(() => postgres.close());
  await postgres.createDatabase('population');
  const url = postgres.url('population');
  await seed({ url, connectTimeoutMs });
  const version = await settle(url);
  const open = opening.move();
  return {
    url,
    version,
    async database(name) {
      await postgres.createDatabase(name);
      return postgres.url(name);
    },
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}

/** Leaves nothing of the filling for PostgreSQL to tidy up while it is measured. Returns its version. */
async function settle(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: connectTimeoutMs });
  await client.connect();
  try {
    await client.query('VACUUM (ANALYZE)');
    const { rows } = await client.query<{ server_version: string }>('SHOW server_version');
    return rows[0]?.server_version ?? '';
  } finally {
    await client.end();
  }
}
