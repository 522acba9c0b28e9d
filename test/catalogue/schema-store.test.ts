/** Schemas are found under the paths by which they refer to each other. */

import path from 'node:path';
import t from 'tap';
import { readSchemaFolders, resolveReference } from '../../src/catalogue/schema-store.ts';

t.test('each file stands under its path', async (t) => {
  const folder = t.testdir({ common: { 'pin.json': '{"type":"string"}' }, a: { 'b.json': '{}', 'README.md': '#' } });
  const store = await readSchemaFolders([folder]);
  t.same([...store.keys()], ['schemas/a/b.json', 'schemas/common/pin.json']);
  t.same(store.get('schemas/common/pin.json'), { type: 'string' });
});

t.test('a further folder adds to the first and cannot change it', async (t) => {
  const folder = t.testdir({
    own: { common: { 'pin.json': '{}' } },
    other: { x: { 'y.json': '{}' } },
    same: { common: { 'pin.json': '{}' } },
  });
  const [own, other, same] = ['own', 'other', 'same'].map((name) => path.join(folder, name)) as [
    string,
    string,
    string,
  ];
  t.equal((await readSchemaFolders([own, other])).size, 2);
  await t.rejects(readSchemaFolders([own, same]), { message: /schemas\/common\/pin\.json is there already/ });
});

t.test('a file that is not JSON is named', async (t) => {
  const folder = t.testdir({ 'a.json': '{' });
  await t.rejects(readSchemaFolders([folder]), { message: `${path.join(folder, 'a.json')} is not JSON` });
});

t.test('references are relative to the file that they stand in', async (t) => {
  t.equal(resolveReference('schemas/population/x.json', '../common/pin.json'), 'schemas/common/pin.json');
  t.equal(resolveReference('schemas/common/x.json', 'pin.json'), 'schemas/common/pin.json');
});
