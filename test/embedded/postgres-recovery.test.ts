import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, chown, lstat, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { openDataFolder } from '../../src/embedded/data-folder.ts';
import { startEmbeddedPostgres } from '../../src/embedded/postgres.ts';
import { findProcesses } from '../../src/embedded/process-table.ts';
import {
  collectLog,
  eventually,
  isAlive,
  query,
  spawnGateway,
  start,
  type Teardown,
  temporaryFolder,
} from './fixtures/setting.ts';

const pidFileIn = (path: string) => join(path, 'postgres', 'postmaster.pid');
const postmasterOf = async (path: string) => Number((await readFile(pidFileIn(path), 'utf8')).split('\n', 1)[0]);

t.test('a server that outlived its killed gateway is replaced, and no commit is lost', async (t) => {
  const path = join(await temporaryFolder(t), 'data');
  const gateway = spawnGateway(t, './gateway.ts', path);
  await gateway.said();
  const { postmaster } = await gateway.said();
  await gateway.kill();
  t.ok(isAlive(Number(postmaster)), 'the server is there still');

  const { log, lines } = collectLog();
  const { postgres } = await start(t, path, { log });
  t.notOk(isAlive(Number(postmaster)), 'the old server has ended');
  t.match(lines, [{ level: 'warn', object: { pids: [postmaster], signal: 'SIGINT' } }]);
  await postgres.createDatabase('state');
  t.strictSame(await query(postgres.url('state'), 'SELECT value FROM kept'), [{ value: 'before the kill' }]);
});

t.test("Ctrl-C ends the gateway's work first, the server after it", async (t) => {
  for (const ending of ['close', 'exit-without-closing']) {
    const gateway = spawnGateway(t, './gateway.ts', join(await temporaryFolder(t), 'data'), ending);
    await gateway.said();
    const { postmaster } = await gateway.said();
    // As the terminal does: to every process of the group.
    process.kill(-gateway.pid, 'SIGINT');
    t.strictSame(await gateway.said(), { drained: 'before the kill' });
    await once(gateway.process, 'exit');
    t.equal(gateway.process.exitCode, 0);
    await eventually(() => !isAlive(Number(postmaster)) || undefined);
    t.pass(`and the server ends: ${ending}`);
  }
});

t.test('a server that is killed comes back on its port with all that was committed', async (t) => {
  const { log, lines } = collectLog();
  const path = join(await temporaryFolder(t), 'data');
  const { postgres } = await start(t, path, { log });
  await postgres.createDatabase('state');
  const url = postgres.url('state');
  await query(url, 'CREATE TABLE kept AS SELECT 1 AS value');
  for (let time = 1; time <= 2; time += 1) {
    const postmaster = await postmasterOf(path);
    process.kill(postmaster, 'SIGKILL');
    const rows = await eventually(async () =>
      (await postmasterOf(path)) === postmaster ? undefined : query(url, 'SELECT value FROM kept'),
    );
    t.strictSame(rows, [{ value: 1 }]);
  }
  t.match(
    lines.filter(({ level }) => level === 'error'),
    [
      {
        object: { process: 'postgres', ending: 'signal SIGKILL' },
        message: 'process ended unexpectedly, starting it again',
      },
      { object: { process: 'postgres', ending: 'signal SIGKILL' } },
    ],
  );
});

t.test('closing ends a server for good, also while it is being started again', async (t) => {
  const path = join(await temporaryFolder(t), 'data');
  const { postgres } = await start(t, path);
  const { uid } = await stat(join(path, 'postgres'));
  process.kill(await postmasterOf(path), 'SIGKILL');
  await Promise.all([postgres.close(), postgres.close()]);
  const { dev, ino } = await stat(join(path, 'postgres'));
  const left = () => findProcesses(uid, `lienthong(${dev}:${ino})`);
  await eventually(async () => ((await left()).length === 0 ? true : undefined));
  await new Promise((resolve) => setTimeout(resolve, 300));
  t.strictSame(await left(), []);
});

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
  const unfinished = await eventually(async () =>
    (await readdir(path)).find((name) => name.startsWith('postgres.new-')),
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
  t.match(await readFile(`${log}.1`, 'utf8'), /ready to accept connections[^]*xxx/);
  t.equal((await stat(`${log}.1`)).mode & 0o777, 0o600);
  await t.rejects(query(postgres.url('absent'), 'SELECT 1'));
  t.match(
    await readFile(log, 'utf8'),
    /^\d{4}-.*password authentication failed|^\d{4}-/,
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
