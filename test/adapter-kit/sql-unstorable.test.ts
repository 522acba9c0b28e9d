/** One message with a value that a registry cannot store must be refused: tried again for hours, it would hold up the others. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t, { type Test } from 'tap';
import { seedDatabase } from '../../src/adapter-kit/sql-seeder.ts';
import { sqlSource } from '../../src/adapter-kit/sql-source.ts';
import { startMariaDb, startPostgres } from '../support/servers.ts';

const schema = `
DROP TABLE IF EXISTS delivery_inbox;
DROP TABLE IF EXISTS thing;
CREATE TABLE thing (name VARCHAR(3));
CREATE TABLE delivery_inbox (
  exchange_id VARCHAR(36) NOT NULL, leg VARCHAR(100) NOT NULL, outcome TEXT,
  taken_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, PRIMARY KEY (exchange_id, leg)
);`;

for (const [engine, start] of Object.entries({ PostgreSQL: startPostgres, MariaDB: startMariaDb })) {
  t.test(engine, async (t) => {
    const source = await openSource(t, (await start(t)).url);
    const take = (exchangeId: string, name: string) =>
      source.takeOnce(
        { exchangeId, leg: 'keep', round: 0 },
        async (registry) => {
          await registry.query('keep', { name });
          return { outcome: 'done' };
        },
        AbortSignal.timeout(5_000),
      );
    const refusal = { outcome: 'refused', reason: { code: 'value-unstorable', en: String, vi: String } };
    t.match(await take('a', 'too long'), refusal);
    t.match(await take('a', 'too long'), refusal, 'however often it is given');
    if (engine === 'PostgreSQL') t.match(await take('b', 'a\0'), refusal, 'a text with U+0000');
    t.same(await take('c', 'ok'), { outcome: 'done' });
    t.equal((await source.query('all', {})).length, 1, 'nothing else was written');
  });
}

async function openSource(t: Test, url: string) {
  const folder = await mkdtemp(join(tmpdir(), 'lienthong-sql-'));
  t.teardown(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'keep.sql'), 'INSERT INTO thing VALUES (:name)');
  await writeFile(join(folder, 'all.sql'), 'SELECT name FROM thing');
  const settings = { url, poolMax: 2, connectTimeoutMs: 2_000 };
  await seedDatabase(settings, { version: '1', fill: (seeder) => seeder.executeScript(schema) });
  const source = sqlSource(settings, pathToFileURL(`${folder}/`));
  t.teardown(() => source.close());
  return source;
}
