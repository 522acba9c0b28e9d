/** Connections that are given back are lent again, and those that nobody wants any more are ended. */

import pg from 'pg';
import t from 'tap';
import { postgresConnections } from '../../src/adapter-kit/postgres.ts';
import { createSqlPool, type GiveBack } from '../../src/adapter-kit/sql-pool.ts';
import { eventually } from '../support/eventually.ts';
import { startPostgres } from '../support/servers.ts';

t.test('a pool of connections', async (t) => {
  const server = await startPostgres(t);
  const watcher = new pg.Client({ connectionString: server.url });
  await watcher.connect();
  t.teardown(() => watcher.end());
  const sessions = async () => {
    const sql = "SELECT count(*)::int AS n FROM pg_stat_activity WHERE application_name = 'pooled'";
    return (await watcher.query<{ n: number }>(sql)).rows[0]?.n;
  };
  const idleTimeoutMs = 300;
  const prepare = (client: pg.Client, giveBack: GiveBack) => ({ client, ...giveBack });
  const pool = createSqlPool(
    postgresConnections({ connectionString: server.url, application_name: 'pooled' }),
    idleTimeoutMs,
    prepare,
  );
  t.teardown(() => pool.close());

  t.test('lends the one that was used last, at once', async (t) => {
    const [first, second] = [await pool.take(), await pool.take()];
    t.not(first, second);
    second.release();
    first.release();
    t.equal(pool.take(), first);
    t.equal(pool.take(), second);
    first.release();
    second.release();
    t.equal(await sessions(), 2);
  });

  t.test('ends those that nobody uses, and no other', async (t) => {
    const used = await pool.take();
    await eventually(async () => (await sessions()) === 1);
    t.equal((await used.client.query('SELECT 1')).rowCount, 1);
    used.destroy();
    await eventually(async () => (await sessions()) === 0);
  });

  t.test('keeps none that the server has ended, lent or not', async (t) => {
    const [lent, idle] = [await pool.take(), await pool.take()];
    idle.release();
    const ended = Promise.all([lent, idle].map(({ client }) => new Promise((resolve) => client.once('end', resolve))));
    await watcher.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'pooled'");
    await ended;
    lent.release();
    const next = await pool.take();
    t.notOk([lent, idle].includes(next));
    t.equal((await next.client.query('SELECT 1')).rowCount, 1);
    next.release();
  });
});
