import {
  chmod,
  chown,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { copyBinaries } from '../../src/embedded/binaries-copy.ts';
import { isRoot, type Teardown, temporaryFolder } from './fixtures/setting.ts';

t.test('a copy holds all, for everybody to read and run, whatever the umask was', async (t) => {
  const { source, parent } = await prepare(t);
  const copy = (await copyBinaries(source, parent)) as string;
  t.equal(await readFile(join(copy, 'bin', 'postgres'), 'utf8'), 'program');
  for (const path of ['.', 'bin', 'bin/postgres', 'lib'])
    t.equal((await stat(join(copy, path))).mode & 0o777, 0o755, path);
  t.equal((await stat(join(copy, 'lib', 'libpq.so.5.18'))).mode & 0o777, 0o644);
  t.equal(await readlink(join(copy, 'lib', 'libz.so')), 'libz.so.1');
  t.equal(
    await readlink(join(copy, 'lib', 'libpq.so.5')),
    'libpq.so.5.18',
    'also a link that npm was not allowed to make',
  );
  t.equal((await readdir(parent)).length, 1, 'nothing temporary stays');
});

t.test('a copy is made once and used again', async (t) => {
  const { source, parent } = await prepare(t);
  const copy = (await copyBinaries(source, parent)) as string;
  await utimes(join(copy, 'bin', 'postgres'), 1, 1);
  t.equal(await copyBinaries(source, parent), copy);
  t.equal((await stat(join(copy, 'bin', 'postgres'))).mtimeMs, 1000);
  await writeFile(join(source, 'bin', 'postgres'), 'another version');
  t.not(await copyBinaries(source, parent), copy, 'another version has a place of its own');
});

t.test('many gateways that copy at once get one whole copy', async (t) => {
  const { source, parent } = await prepare(t);
  const copies = await Promise.all(Array.from({ length: 8 }, () => copyBinaries(source, parent)));
  t.equal(new Set(copies).size, 1);
  t.equal(await readFile(join(copies[0] as string, 'bin', 'postgres'), 'utf8'), 'program');
  t.equal((await readdir(parent)).length, 1);
});

t.test('a torn copy is made anew', async (t) => {
  const { source, parent } = await prepare(t);
  const copy = (await copyBinaries(source, parent)) as string;
  await truncate(join(copy, 'bin', 'postgres'));
  t.equal(await copyBinaries(source, parent), copy);
  t.equal(await readFile(join(copy, 'bin', 'postgres'), 'utf8'), 'program');
});

t.test('what somebody else may have put in the place of a copy is refused', async (t) => {
  const { source, parent } = await prepare(t);
  const copy = (await copyBinaries(source, parent)) as string;
  const refusal = { name: 'EmbeddedError', message: /somebody else.*remove it/ };
  for (const mode of [0o775, 0o757]) {
    await chmod(copy, mode);
    await t.rejects(copyBinaries(source, parent), refusal);
  }
  await chmod(copy, 0o755);
  t.equal(await copyBinaries(source, parent), copy);
  await chmod(join(copy, 'bin', 'postgres'), 0o777);
  await t.resolves(copyBinaries(source, parent));
  t.equal(
    (await stat(join(copy, 'bin', 'postgres'))).mode & 0o777,
    0o755,
    'a file that others could write is replaced',
  );

  const elsewhere = await prepare(t);
  await symlink(copy, join(elsewhere.parent, copy.split('/').at(-1) ?? ''));
  await t.rejects(copyBinaries(elsewhere.source, elsewhere.parent), refusal, 'a link to another folder');
});

t.test('a copy of another owner is refused', async (t) => {
  const { source, parent } = await prepare(t);
  const copy = (await copyBinaries(source, parent)) as string;
  if (isRoot) {
    await chown(copy, 65_534, 65_534);
    await t.rejects(copyBinaries(source, parent), { name: 'EmbeddedError', message: /somebody else/ });
  } else {
    t.equal((await lstat(copy)).uid, process.getuid?.(), 'only root can give a folder away: ours is our own');
  }
});

t.test('no copy is put where other users could replace it', async (t) => {
  const { source, parent } = await prepare(t);
  await chmod(parent, 0o777);
  t.match(await copyBinaries(source, parent), { unusable: /other users/ });
  t.match(await copyBinaries(source, join(parent, 'absent')), { unusable: /other users/ });
  await chmod(parent, 0o1777);
  t.type(await copyBinaries(source, parent), 'string', 'like /tmp, where each owner keeps what is theirs');
});

t.test('a package with a link that leads out of it is refused', async (t) => {
  for (const target of ['/etc/passwd', '../../etc/passwd']) {
    const { source, parent } = await prepare(t);
    await symlink(target, join(source, 'lib', 'bad'));
    await t.rejects(copyBinaries(source, parent), { name: 'EmbeddedError', message: /leads out/ });
    t.strictSame(await readdir(parent), []);
  }
});

/** A package as npm leaves it under a strict umask, without its install script having run. */
async function prepare(t: Teardown): Promise<{ readonly source: string; readonly parent: string }> {
  const folder = await temporaryFolder(t);
  const [source, parent] = [join(folder, 'native'), join(folder, 'parent')];
  await mkdir(parent);
  await chmod(parent, 0o755);
  for (const name of ['bin', 'lib']) await mkdir(join(source, name), { recursive: true, mode: 0o700 });
  await writeFile(join(source, 'bin', 'postgres'), 'program', { mode: 0o700 });
  await writeFile(join(source, 'lib', 'libpq.so.5.18'), 'library', { mode: 0o600 });
  await writeFile(join(source, 'lib', 'libz.so.1'), 'library', { mode: 0o600 });
  await symlink('libz.so.1', join(source, 'lib', 'libz.so'));
  const links = [{ source: 'native/lib/libpq.so.5.18', target: 'native/lib/libpq.so.5' }];
  await writeFile(join(source, 'pg-symlinks.json'), JSON.stringify(links), { mode: 0o600 });
  return { source, parent };
}
