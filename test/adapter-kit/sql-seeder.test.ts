import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import { type SqlSeeder, seedDatabase } from '../../src/adapter-kit/sql-seeder.ts';
import { sqlSource } from '../../src/adapter-kit/sql-source.ts';
import { startMariaDb, startPostgres } from '../support/servers.ts';

const schema =
  'DROP TABLE IF EXISTS pet; CREATE TABLE pet (name VARCHAR(50) PRIMARY KEY, born DATE, legs INTEGER, tame BOOLEAN);';
const columns = ['name', 'born', 'legs', 'tame'];
const pet = (index: number) => [`Mèo ${index}`, index % 2 === 0 ? null : '2024-02-29', index, index % 3 === 0] as const;

for (const [name, start] of Object.entries({ PostgreSQL: startPostgres, MariaDB: startMariaDb })) {
  t.test(name, async (t) => {
    const { url } = await start(t);
    const settings = { url, connectTimeoutMs: 2000 };
    const folder = await mkdtemp(join(tmpdir(), 'lienthong-sql-'));
    t.teardown(() => rm(folder, { recursive: true }));
    await writeFile(join(folder, 'count.sql'), 'SELECT count(*) AS n, sum(legs) AS legs, min(born) AS born FROM pet');
    const source = sqlSource({ ...settings, poolMax: 1 }, pathToFileURL(folder));
    t.teardown(() => source.close());
    let fills = 0;
    const fill = (count: number) => async (seeder: SqlSeeder) => {
      fills += 1;
      await seeder.executeScript(schema);
      await seeder.insertRows(
        'pet',
        columns,
        Array.from({ length: count }, (_, index) => pet(index)),
      );
    };

    t.test('fills an empty database, in as many batches as it takes', async (t) => {
      t.equal(await seedDatabase(settings, { version: '1', fill: fill(1201) }), true);
      const [row] = await source.query('count', {});
      t.match(row, { n: 1201, born: '2024-02-29' });
      t.equal(Number(row?.legs), (1201 * 1200) / 2);
    });

    t.test('leaves a database of the same version as it is, and fills one of another version anew', async (t) => {
      fills = 0;
      t.equal(await seedDatabase(settings, { version: '1', fill: fill(3) }), false);
      t.equal(fills, 0);
      t.equal(await seedDatabase(settings, { version: '2', fill: fill(3) }), true);
      t.match(await source.query('count', {}), [{ n: 3 }]);
    });

    t.test('a seed that was cut short is done again', async (t) => {
      const halfway = async (seeder: SqlSeeder) => {
        await fill(5)(seeder);
        throw new Error('power cut');
      };
      await t.rejects(seedDatabase(settings, { version: '3', fill: halfway }), { name: 'SourceError' });
      t.equal(await seedDatabase(settings, { version: '3', fill: fill(7) }), true);
      t.match(await source.query('count', {}), [{ n: 7 }]);
    });

    t.test('of two that seed at once, one does', async (t) => {
      fills = 0;
      const both = [1, 2].map(() => seedDatabase(settings, { version: '4', fill: fill(4) }));
      t.same((await Promise.all(both)).sort(), [false, true]);
      t.equal(fills, 1);
    });

    t.test('names of tables and columns cannot carry SQL', async (t) => {
      const inject = (seeder: SqlSeeder) => seeder.insertRows('pet; DROP TABLE pet', ['name'], [['x']]);
      await t.rejects(seedDatabase(settings, { version: '5', fill: inject }), { name: 'SourceError', kind: 'failed' });
      t.match(await source.query('count', {}), [{ n: 4 }]);
    });
  });
}

t.test('a database that is not there is unavailable', async (t) => {
  const settings = { url: 'postgres://nobody@127.0.0.1:1/none', connectTimeoutMs: 500 };
  await t.rejects(seedDatabase(settings, { version: '1', fill: async () => {} }), {
    name: 'SourceError',
    kind: 'unavailable',
  });
});
