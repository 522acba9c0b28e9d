import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import { sqlSource } from '../../src/adapter-kit/sql-source.ts';
import { createAuthority } from '../support/certificates.ts';
import { startMariaDb, startPostgres } from '../support/servers.ts';

const engines = {
  PostgreSQL: { start: startPostgres, sleep: 'SELECT pg_sleep(:seconds)' },
  MariaDB: { start: startMariaDb, sleep: 'SELECT SLEEP(:seconds)' },
};

for (const [name, { start, sleep }] of Object.entries(engines)) {
  t.test(`${name} over TLS`, async (t) => {
    const authority = await createAuthority(t);
    const { ca, cert, key } = await authority.issue('database.example');
    const server = await start(t, { tls: { ca, cert, key } });
    const folder = await mkdtemp(join(tmpdir(), 'lienthong-sql-'));
    t.teardown(() => rm(folder, { recursive: true }));
    await writeFile(join(folder, 'sleep.sql'), sleep);
    await writeFile(join(folder, 'ca.pem'), ca);
    const open = (tls?: object, url = server.url) =>
      sqlSource({ url, poolMax: 1, connectTimeoutMs: 2000, ...(tls && { tls }) }, pathToFileURL(folder));

    t.test('a server of the trusted authority is spoken to, and a statement can be stopped', async (t) => {
      const serverName = 'database.example';
      const source = open({ caFile: join(folder, 'ca.pem'), serverName, ...(await clientOf(authority)) });
      await source.check();
      const started = Date.now();
      await t.rejects(source.query('sleep', { seconds: 30 }, AbortSignal.timeout(200)), {
        name: 'SourceError',
        kind: 'timeout',
      });
      await source.query('sleep', { seconds: 0 });
      t.ok(Date.now() - started < 1500, 'the one connection is free again');
      await source.close();
    });

    t.test('another authority, another name or no encryption is refused', async (t) => {
      const other = await createAuthority(t, 'Another authority');
      const stranger = await other.issue('database.example');
      const serverName = 'database.example';
      for (const tls of [{ ca: stranger.ca, serverName }, { ca, serverName: 'other.example' }, undefined]) {
        const source = open(tls);
        await t.rejects(source.check(), { name: 'SourceError', kind: 'unavailable' });
        await source.close();
      }
    });
  });
}

async function clientOf(authority: Awaited<ReturnType<typeof createAuthority>>) {
  const { cert, key } = await authority.issue('gateway.example');
  return { cert, key };
}
