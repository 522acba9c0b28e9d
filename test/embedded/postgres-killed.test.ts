import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { findProcesses } from '../../src/embedded/process-table.ts';
import { collectLog, eventually, isAlive, query, spawnGateway, start, temporaryFolder } from './fixtures/setting.ts';

const pidFileIn = (path: string) => join(path, 'postgres', 'postmaster.pid');
const postmasterOf = async (path: string) => Number((await readFile(pidFileIn(path), 'utf8')).split('\n', 1)[0]);

t.setTimeout(180_000);

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
    await gateway.interrupt();
    t.strictSame(await gateway.said(), { drained: 'before the kill' });
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
