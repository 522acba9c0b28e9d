import { randomUUID } from 'node:crypto';
import { lstat, readdir, readFile, rm, stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { openDataFolder } from '../../src/embedded/data-folder.ts';
import { startEmbeddedPostgres } from '../../src/embedded/postgres.ts';
import { collectLog, eventually, isAlive, isRoot, query, start, temporaryFolder } from './fixtures/setting.ts';

/** For a machine with other work to do; an idle one needs a second, and a tenth of one. */
const firstStartMsMax = 15_000;
const secondStartMsMax = 5_000;

const postmasterOf = async (path: string) => {
  const text = await readFile(join(path, 'postgres', 'postmaster.pid'), 'utf8');
  return Number(text.split('\n', 1)[0]);
};
const settingOf = async (url: string, name: string) => (await query(url, `SHOW ${name}`))[0]?.[name];

t.setTimeout(180_000);

t.test('a first start makes a database in time, a second one finds what was committed, sooner', async (t) => {
  const path = join(await temporaryFolder(t), 'data');
  const startedAtMs = performance.now();
  const first = await start(t, path);
  const firstMs = performance.now() - startedAtMs;
  t.ok(firstMs < firstStartMsMax, `first start within ${firstStartMsMax} ms`, { firstMs });
  await first.postgres.createDatabase('state');
  await query(first.postgres.url('state'), 'CREATE TABLE kept AS SELECT 1 AS value');
  const postmaster = await postmasterOf(path);
  await first.close();
  t.notOk(isAlive(postmaster), 'closing has waited for the end of the server');
  await t.rejects(lstat(join(path, 'postgres', 'postmaster.pid')), { code: 'ENOENT' });

  const restartedAtMs = performance.now();
  const second = await start(t, path);
  const secondMs = performance.now() - restartedAtMs;
  t.ok(secondMs < secondStartMsMax, `second start within ${secondStartMsMax} ms`, { secondMs });
  await second.postgres.createDatabase('state');
  t.strictSame(await query(second.postgres.url('state'), 'SELECT value FROM kept'), [{ value: 1 }]);
  t.comment(`first start ${firstMs.toFixed()} ms, second start ${secondMs.toFixed()} ms`);
});

t.test('the server', async (t) => {
  const { log, lines } = collectLog();
  const path = join(await temporaryFolder(t), 'data');
  process.env.LIENTHONG_TEST_SECRET = 'not for the database';
  const { postgres } = await start(t, path, { log });
  await postgres.createDatabase('state');
  const url = postgres.url('state');

  t.test('is durable, in UTF-8, with the builtin collation and checksums', async (t) => {
    const expected = {
      fsync: 'on',
      full_page_writes: 'on',
      synchronous_commit: 'on',
      server_encoding: 'UTF8',
      data_checksums: 'on',
      password_encryption: 'scram-sha-256',
      max_connections: '100',
      shared_buffers: '64MB',
    };
    for (const [name, value] of Object.entries(expected)) t.equal(await settingOf(url, name), value, name);
    const [locale] = await query(
      url,
      'SELECT datlocprovider, datlocale FROM pg_database WHERE datname = current_database()',
    );
    t.strictSame(locale, { datlocprovider: 'b', datlocale: 'C.UTF-8' });
    const [text] = await query(url, "SELECT upper('trần đức hòa') AS upper");
    t.equal(text?.upper, 'TRẦN ĐỨC HÒA');
  });

  t.test('listens on 127.0.0.1 alone and on no socket file', async (t) => {
    const lines = (await readFile(join(path, 'postgres', 'postmaster.pid'), 'utf8')).split('\n');
    t.equal(lines[3], String(postgres.port));
    t.equal(lines[4], '', 'folder of the socket file');
    t.equal(lines[5], '127.0.0.1');
    const refused = await new Promise((resolve) =>
      connect(postgres.port, '127.0.0.2').once('error', resolve).once('connect', resolve),
    );
    t.match(refused, { code: 'ECONNREFUSED' });
  });

  t.test('lets nobody in without the password', async (t) => {
    for (const user of ['state', 'postgres']) {
      const address = `127.0.0.1:${postgres.port}/state`;
      await t.rejects(query(`postgres://${user}:wrong@${address}`, 'SELECT 1'), { code: '28P01' });
      await t.rejects(query(`postgres://${user}@${address}`, 'SELECT 1'));
    }
  });

  t.test('keeps the secret that the passwords are made from, and all else, from other users', async (t) => {
    t.equal((await stat(join(path, 'keys', 'postgres.key'))).mode & 0o777, 0o600);
    t.equal((await stat(path)).mode & 0o777, 0o700);
    t.equal((await stat(join(path, 'postgres'))).mode & 0o777, 0o700);
    t.equal((await stat(join(path, 'postgres.log'))).mode & 0o777, 0o600);
    const temporary = (await readdir(path)).filter((name) => name.startsWith('postgres.new'));
    t.strictSame(temporary, [], 'the file with the password is gone');
  });

  t.test('runs without any privilege and without the secrets of the gateway', async (t) => {
    const postmaster = await postmasterOf(path);
    if (process.platform === 'linux') {
      const status = await readFile(`/proc/${postmaster}/status`, 'utf8');
      const uid = isRoot ? 65_534 : process.getuid?.();
      t.match(status, new RegExp(`^Uid:\\t${uid}\\t${uid}\\t${uid}\\t${uid}$`, 'm'));
      t.match(status, /^CapPrm:\t0+$/m, 'no capability');
      t.match(status, /^CapAmb:\t0+$/m, 'none to hand on');
      const environment = await readFile(`/proc/${postmaster}/environ`, 'latin1');
      t.match(environment, /PATH=/);
      t.notMatch(environment, /not for the database/);
      const commandLine = await readFile(`/proc/${postmaster}/cmdline`, 'latin1');
      t.notMatch(commandLine, new RegExp(new URL(url).password));
    }
    t.equal((await stat(join(path, 'postgres'))).uid, isRoot ? 65_534 : process.getuid?.());
  });

  t.test('is reached without TLS, whatever the environment says about other servers', async (t) => {
    process.env.PGSSLMODE = 'require';
    t.teardown(() => delete process.env.PGSSLMODE);
    await postgres.createDatabase('state');
    t.strictSame(await query(url, 'SELECT 1 AS one'), [{ one: 1 }]);
  });

  t.test('creates a database once, however often and however many ask', async (t) => {
    await Promise.all(['people', 'people', 'benefits', 'people'].map((name) => postgres.createDatabase(name)));
    await query(postgres.url('people'), 'CREATE TABLE kept (value int)');
    await postgres.createDatabase('people');
    t.strictSame(await query(postgres.url('people'), 'SELECT value FROM kept'), []);
  });

  t.test('gives each database an owner who is no superuser and sees no other database', async (t) => {
    await Promise.all([postgres.createDatabase('one'), postgres.createDatabase('two')]);
    const [role] = await query(
      postgres.url('one'),
      'SELECT usesuper, usecreatedb FROM pg_user WHERE usename = current_user',
    );
    t.strictSame(role, { usesuper: false, usecreatedb: false });
    const asOneInTwo = postgres.url('one').replace('/one?', '/two?');
    await t.rejects(query(asOneInTwo, 'SELECT 1'), { code: '42501' });
    await query(postgres.url('one'), 'CREATE SCHEMA jobs; CREATE EXTENSION unaccent');
    t.pass('but may make schemas and trusted extensions in its own');
  });

  t.test('refuses names that are not plain or not free', async (t) => {
    for (const name of [
      '',
      'Upper',
      'a-b',
      'a"b',
      "a'b",
      'a;b',
      '1a',
      'a'.repeat(64),
      'postgres',
      'template0',
      'template1',
      'pg_x',
    ]) {
      await t.rejects(async () => postgres.createDatabase(name), { name: 'EmbeddedError' }, name);
      t.throws(() => postgres.url(name), { name: 'EmbeddedError' }, name);
    }
    await postgres.createDatabase('a'.repeat(63));
    t.strictSame(await query(postgres.url('a'.repeat(63)), 'SELECT 1 AS one'), [{ one: 1 }]);
  });

  t.test('writes no personal data in its log, whatever fails', async (t) => {
    const marks = Array.from({ length: 6 }, () => `secret-${randomUUID()}`);
    const [inText = '', inKey = '', asParameter = '', raised = '', syntax = '', running = ''] = marks;
    await query(url, 'CREATE TABLE person (name text PRIMARY KEY)');
    await query(url, 'INSERT INTO person VALUES ($1)', [inKey]);
    await t.rejects(query(url, `SELECT '${inText}'::int`), { code: '22P02' });
    await t.rejects(query(url, 'INSERT INTO person VALUES ($1)', [inKey]), { code: '23505' });
    await t.rejects(query(url, 'SELECT $1::int', [asParameter]), { code: '22P02' });
    await t.rejects(query(url, `DO $$ BEGIN RAISE WARNING '${raised}'; RAISE EXCEPTION '${raised}'; END $$`), {
      code: 'P0001',
    });
    await t.rejects(query(url, `SELEC '${syntax}'`), { code: '42601' });
    // A server process that is killed: PostgreSQL tells what it was running, unless told not to.
    const sleeping = query(url, `SELECT '${running}', pg_sleep(30)`);
    sleeping.catch(() => undefined);
    const pid = await eventually(async () => {
      const [found] = await query(url, "SELECT pid FROM pg_stat_activity WHERE wait_event = 'PgSleep'");
      return found?.pid as number | undefined;
    });
    process.kill(pid, 'SIGKILL');
    await t.rejects(sleeping);
    await eventually(() => query(url, 'SELECT 1'));
    const text = await readFile(join(path, 'postgres.log'), 'utf8');
    t.match(text, /was terminated by signal 9/, 'the log does tell of the killed process');
    for (const mark of marks) t.notOk(text.includes(mark));
    t.notOk(JSON.stringify(lines).includes('secret-'));
  });
});

t.test('a data folder whose secret was replaced says what to restore', async (t) => {
  const path = join(await temporaryFolder(t), 'data');
  await (await start(t, path)).close();
  await rm(join(path, 'keys'), { recursive: true });
  const { postgres } = await start(t, path);
  await t.rejects(postgres.createDatabase('state'), { name: 'EmbeddedError', message: /restore keys\/postgres\.key/ });
});

t.test('a start that cannot work ends with an error, not a server', async (t) => {
  const path = join(await temporaryFolder(t), 'data');
  const folder = await openDataFolder(path);
  t.teardown(() => folder.close());
  const limits = { sharedBuffersMiB: 64 * 1024 * 1024 };
  await t.rejects(startEmbeddedPostgres({ folder, log: collectLog().log, limits }), {
    name: 'EmbeddedError',
    message: /did not start: .*\n.*FATAL/s,
  });
  await t.rejects(lstat(join(path, 'postgres', 'postmaster.pid')), { code: 'ENOENT' });
});
