import { chmod, mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { openDataFolder } from '../../src/embedded/data-folder.ts';
import { spawnGateway, temporaryFolder } from './fixtures/setting.ts';

const modeOf = async (path: string) => (await stat(path)).mode & 0o777;

t.test('a data folder is created for its owner alone, its sub-folders too', async (t) => {
  const path = join(await temporaryFolder(t), 'deep', 'data');
  const folder = await openDataFolder(path);
  t.teardown(() => folder.close());
  t.equal(await modeOf(path), 0o700);
  const made = await folder.folder('registries/population');
  t.equal(made, join(folder.path, 'registries', 'population'));
  t.equal(await modeOf(made), 0o700);
  t.equal(await modeOf(join(folder.path, 'registries')), 0o700);
  t.equal(await folder.folder('registries/population'), made, 'and are found again');
  await t.rejects(folder.folder('../elsewhere'), { name: 'EmbeddedError' });
  await t.rejects(folder.folder('/etc'), { name: 'EmbeddedError' });
});

t.test('an empty folder that others can enter is closed to them', async (t) => {
  const path = join(await temporaryFolder(t), 'mounted');
  await mkdir(join(path, 'lost+found'), { recursive: true });
  await chmod(path, 0o755);
  (await openDataFolder(path)).close();
  t.equal(await modeOf(path), 0o700);
  await chmod(path, 0o755);
  (await openDataFolder(path)).close();
  t.equal(await modeOf(path), 0o700, 'one of ours as well');
});

t.test("a folder with someone else's files keeps its mode and is refused", async (t) => {
  const path = join(await temporaryFolder(t), 'home');
  await mkdir(path);
  await writeFile(join(path, 'letter.txt'), '');
  await chmod(path, 0o755);
  await t.rejects(openDataFolder(path), { name: 'EmbeddedError', message: /holds files of someone else/ });
  t.equal(await modeOf(path), 0o755);
});

t.test('a folder that cannot be used is refused with what to do', async (t) => {
  const path = join(await temporaryFolder(t), 'file');
  await writeFile(path, '');
  await t.rejects(openDataFolder(join(path, 'data')), {
    name: 'EmbeddedError',
    message: /name a folder that this user owns/,
  });
});

t.test('a folder has one gateway at a time, and the refusal names it', async (t) => {
  const path = await temporaryFolder(t);
  const folder = await openDataFolder(path);
  await t.rejects(openDataFolder(path), { name: 'EmbeddedError', message: new RegExp(`process ${process.pid} on `) });
  folder.close();
  (await openDataFolder(path)).close();
});

t.test('a folder reached by another name is the same folder', async (t) => {
  const path = await temporaryFolder(t);
  const alias = join(await temporaryFolder(t), 'alias');
  await symlink(path, alias);
  const folder = await openDataFolder(path);
  t.teardown(() => folder.close());
  await t.rejects(openDataFolder(alias), { name: 'EmbeddedError', message: /in use/ });
});

t.test('the lock of another process holds until that process is dead, and not longer', async (t) => {
  const path = join(await temporaryFolder(t), 'data');
  const other = spawnGateway(t, './lock-holder.ts', path);
  await other.said();
  await t.rejects(openDataFolder(path), { name: 'EmbeddedError', message: new RegExp(`process ${other.pid} on `) });
  await other.kill();
  t.equal(
    (await readFile(join(path, 'gateway.pid'), 'utf8')).split(' ')[0],
    String(other.pid),
    'it had no time to tidy up',
  );
  (await openDataFolder(path)).close();
});

t.test('a process number left in the folder is no lock, be it of a live process or our own', async (t) => {
  const path = await temporaryFolder(t);
  for (const pid of [1, process.ppid, process.pid]) {
    await writeFile(join(path, 'gateway.pid'), `${pid} here\n`);
    (await openDataFolder(path)).close();
  }
  t.pass('opened each time');
});
