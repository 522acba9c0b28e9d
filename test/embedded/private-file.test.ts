import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { createPrivate, readPrivate, replacePrivate } from '../../src/embedded/private-file.ts';
import { temporaryFolder } from './fixtures/setting.ts';

t.test('a file is created once and never written over', async (t) => {
  const path = join(await temporaryFolder(t), 'secret');
  t.equal(await readPrivate(path), undefined);
  t.equal(await createPrivate(path, 'first'), true);
  t.equal(await createPrivate(path, 'second'), false);
  t.equal(await readPrivate(path), 'first');
  t.equal((await stat(path)).mode & 0o777, 0o600);
});

t.test('a file is replaced as a whole', async (t) => {
  const folder = await temporaryFolder(t);
  const path = join(folder, 'secret');
  await replacePrivate(path, 'first, and longer');
  await replacePrivate(path, 'second');
  t.equal(await readFile(path, 'utf8'), 'second');
  t.equal((await stat(path)).mode & 0o777, 0o600);
  t.strictSame(await readdir(folder), ['secret'], 'nothing temporary stays');
});

t.test('a file too large to be a secret is not read', async (t) => {
  const path = join(await temporaryFolder(t), 'secret');
  await createPrivate(path, 'x'.repeat(64 * 1024 + 1));
  await t.rejects(readPrivate(path), { name: 'EmbeddedError', message: /larger than 65536 bytes/ });
});
