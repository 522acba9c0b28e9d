/** What runs a second time on a connection goes another way than the first, and nobody can tell. */

import pg from 'pg';
import t from 'tap';
import { GuardedClient } from '../../src/adapter-kit/postgres-guard.ts';
import { createPostgresRun } from '../../src/adapter-kit/postgres-run.ts';
import { startPostgres } from '../support/servers.ts';

t.test('a statement that was prepared before', async (t) => {
  const server = await startPostgres(t);
  const client = new GuardedClient({ connectionString: server.url });
  await client.connect();
  t.teardown(() => client.end());
  const run = createPostgresRun(client, (typeId) => pg.types.getTypeParser(typeId, 'text'));
  const statement = (name: string, text: string) => ({ name, text, parameters: [] });
  await client.query('CREATE TABLE thing (id int PRIMARY KEY, name text)');
  const keep = statement('keep', 'INSERT INTO thing VALUES ($1, $2)');
  const all = statement('all', 'SELECT id, name, json_build_object($1::text, id) AS pair FROM thing ORDER BY id');

  t.test('gives what it gave the first time: rows, values of every kind, or nothing', async (t) => {
    t.same(await run(all, ['tên']), []);
    t.same(await run(all, ['tên']), []);
    for (const [id, name] of [1, 2, 3].map((id) => [id, id === 2 ? null : `Nguyễn Thị Hòa ${id} '; --`] as const)) {
      t.same(await run(keep, [id, name]), []);
    }
    const rows = [
      { id: 1, name: "Nguyễn Thị Hòa 1 '; --", pair: { tên: 1 } },
      { id: 2, name: null, pair: { tên: 2 } },
      { id: 3, name: "Nguyễn Thị Hòa 3 '; --", pair: { tên: 3 } },
    ];
    t.same(await run(all, ['tên']), rows);
    t.same(await Promise.all([run(all, ['tên']), run(all, ['tên'])]), [rows, rows], 'one waits for the other');
  });

  t.test('fails as pg lets it fail, and runs again', async (t) => {
    await t.rejects(run(keep, [1, 'again']), { code: '23505', severity: 'ERROR' });
    await t.rejects(run(keep, ['no number', 'x']), { code: '22P02' });
    t.same(await run(keep, [4, '']), []);
    t.equal((await run(all, ['x'])).length, 4);
  });

  t.test('whose first run failed is prepared all the same', async (t) => {
    const divide = statement('divide', 'SELECT 12 / $1::int AS part');
    await t.rejects(run(divide, [0]), { code: '22012' });
    t.same(await run(divide, [4]), [{ part: 3 }]);
    t.same(await run(divide, [3]), [{ part: 4 }]);
  });

  t.test('whose table was altered is refused instead of being misread', async (t) => {
    const names = statement('names', 'SELECT * FROM thing WHERE id = $1');
    t.same(await run(names, [4]), [{ id: 4, name: '' }]);
    await client.query('ALTER TABLE thing DROP COLUMN name, ADD COLUMN size int');
    await t.rejects(run(names, [4]), { code: '0A000' });
  });

  t.test('on a connection that is cut fails, under way or not', async (t) => {
    const cut = new GuardedClient({ connectionString: server.url });
    cut.on('error', () => undefined);
    await cut.connect();
    const runOnCut = createPostgresRun(cut, (typeId) => pg.types.getTypeParser(typeId, 'text'));
    const sleep = statement('sleep', 'SELECT pg_sleep($1)');
    await runOnCut(sleep, [0]);
    const underWay = t.rejects(runOnCut(sleep, [30]));
    await client.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()');
    await underWay;
    await t.rejects(runOnCut(sleep, [0]));
  });
});
