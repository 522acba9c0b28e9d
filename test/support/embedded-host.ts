/** The product's own embedded host over a throw-away PostgreSQL, for adapters that stand up their sample registries. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { EmbeddedHost } from '../../src/adapter-kit/index.ts';
import { openCertificates } from '../../src/embedded/certificates.ts';
import { openDataFolder } from '../../src/embedded/data-folder.ts';
import { createEmbeddedHosts } from '../../src/embedded/embedded-host.ts';
import { type ServerOptions, startPostgres, type Teardown, type TestServer } from './servers.ts';

export interface TestHost extends EmbeddedHost {
  /** Everything that the adapter's child processes wrote to their output, and what became of them. */
  readonly notes: readonly string[];
}

/** Ends with the test: child processes first, then the server, then the files. */
export async function startEmbeddedHost(t: Teardown, adapter: string): Promise<TestHost> {
  const hosts = await startEmbeddedHosts(t);
  return hosts.forAdapter(adapter);
}

/** The same for several adapters on one server. */
export async function startEmbeddedHosts(
  t: Teardown,
  options: ServerOptions = {},
): Promise<{ readonly server: TestServer; forAdapter(adapter: string): Promise<TestHost> }> {
  const path = await mkdtemp(join(tmpdir(), 'lienthong-data-'));
  const notes: string[] = [];
  const note = (object: object, message: string) => notes.push(`${message} ${JSON.stringify(object)}`);
  const server = await startPostgres(t, options);
  const folder = await openDataFolder(path);
  const hosts = createEmbeddedHosts({
    folder,
    certificates: openCertificates(await folder.folder('certificates'), { nowMs: Date.now }),
    postgres: async () => ({
      port: Number(new URL(server.url).port),
      url: (database) => urlOf(server.url, database),
      createDatabase: (database) => createDatabase(server.url, database),
      close: () => server.stop(),
    }),
    log: { info: note, warn: note, error: note },
  });
  t.teardown(async () => {
    await hosts.close();
    folder.close();
    await rm(path, { recursive: true, force: true });
  });
  return { server, forAdapter: async (adapter) => ({ ...(await hosts.forAdapter(adapter)), notes }) };
}

function urlOf(serverUrl: string, database: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  return url.href;
}

async function createDatabase(serverUrl: string, database: string): Promise<void> {
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  const known = await client.query('SELECT FROM pg_database WHERE datname = $1', [database]);
  if (known.rowCount === 0) await client.query(`CREATE DATABASE ${client.escapeIdentifier(database)}`);
  await client.end();
}
