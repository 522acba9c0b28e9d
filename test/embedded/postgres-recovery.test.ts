import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, chown, lstat, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { openDataFolder } from '../../src/embedded/data-folder.ts';
import { startEmbeddedPostgres } from '../../src/embedded/postgres.ts';
import {
  collectLog,
  eventually,
  query,
  spawnGateway,
  start,
  type Teardown,
  temporaryFolder,
} from './fixtures/setting.ts';

const pidFileIn = (path: string) => join(path, 'postgres', 'postmaster.pid');

t.setTimeout(180_000);

t.test('the mark of a server that is no more is no obstacle, whoever has its number now', async (t) => {
  const path = join(await temporaryFolder(t), 'data');
  await (await start(t, path)).close();
  const { uid, gid } = await stat(join(path, 'postgres'));
  const bystander = await startBystander(t, uid, gid);
  for (const pid of [bystander.pid, process.pid, 1, 4_000_000]) {
    await writeFile(pidFileIn(path), `${pid}\n/proc/self/cwd\n1700000000\n5432\n\n127.0.0.1\n  1 1\nready   \n`, {
      mode: 0o600,
    });
    await chown(pidFileIn(path), uid, gid);
    const { postgres, close } = await start(t, path);
    await postgres.createDatabase('state');
    t.strictSame(await query(postgres.url('state'), 'SELECT 1 AS one'), [{ one: 1 }]);
    await close();
  }
  t.equal(bystander.exitCode, null);
  t.equal(bystander.signalCode, null, 'and the process of that number is left alone');
});

t.test('a gateway killed while it makes its database leaves nothing that the next start trips over', async (t) => {
  const path = join(await temporaryFolder(t), 'data');
  const gateway = spawnGateway(t, './gateway.ts', path);
  await gateway.said();
  // The file of its password has a name of the same beginning.
  const unfinished = await eventually(async () =>
    (await readdir(path)).find((name) => /^postgres\.new-(?!password)/.test(name)),
  );
  await eventually(() => lstat(join(path, unfinished, 'global')));
  await gateway.kill();
  t.notOk((await readdir(path)).includes('postgres'), 'it had not been finished');

  const { postgres } = await start(t, path);
  await postgres.createDatabase('state');
  t.strictSame(await query(postgres.url('state'), 'SELECT 1 AS one'), [{ one: 1 }]);
  t.strictSame(
    (await readdir(path)).filter((name) => name.startsWith('postgres.new')),
    [],
  );
});

t.test('what cannot be used is refused with what to do, and left as it is', async (t) => {
  const path = await temporaryFolder(t);
  const folder = await openDataFolder(path);
  t.teardown(() => folder.close());
  const starting = () => startEmbeddedPostgres({ folder, log: collectLog().log });
  await mkdir(join(path, 'postgres'));
  await writeFile(join(path, 'postgres', 'letter.txt'), '');
  await t.rejects(starting(), { name: 'EmbeddedError', message: /not a PostgreSQL data directory/ });
  await writeFile(join(path, 'postgres', 'PG_VERSION'), '17\n');
  await t.rejects(starting(), { name: 'EmbeddedError', message: /PostgreSQL 17.*brings 18.*pg_dump/ });
  t.strictSame((await readdir(join(path, 'postgres'))).sort(), ['PG_VERSION', 'letter.txt']);
});

t.test("PostgreSQL's log is turned over, with one older file", async (t) => {
  const path = join(await temporaryFolder(t), 'data');
  const limits = { logBytesMax: 4_096, logCheckMs: 50 };
  const { postgres } = await start(t, path, { limits });
  const log = join(path, 'postgres.log');
  await appendFile(log, `${'x'.repeat(10_000)}\n`);
  await eventually(async () => ((await stat(log)).size < 10_000 ? true : undefined));
  t.match(await readFile(`${log}.1`, 'utf8'), /ready to accept connections.*xxx/s);
  t.equal((await stat(`${log}.1`)).mode & 0o777, 0o600);
  await t.rejects(query(postgres.url('absent'), 'SELECT 1'));
  t.match(
    await readFile(log, 'utf8'),
    /^\d{4}-.*password authentication failed/,
    'the server writes on, from the start of the file',
  );
});

/** A live process of the user that PostgreSQL runs as. */
async function startBystander(t: Teardown, uid: number, gid: number): Promise<ChildProcess> {
  const child = spawn('sleep', ['600'], { uid, gid, stdio: 'ignore' });
  await once(child, 'spawn');
  t.teardown(() => child.kill('SIGKILL'));
  return child;
}
