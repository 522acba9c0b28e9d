/** What was synced is there when the file is opened again, and nothing of what a crash left half-written. */

import { appendFile, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import t, { type Test } from 'tap';
import { openLogFile } from '../../src/exchange-log/log-file.ts';

const fileIn = (t: Test) => path.join(t.testdir({}), 'entries.ndjson');

async function open(t: Test, file: string) {
  const opened = await openLogFile(file);
  t.teardown(() => opened.file.close());
  return opened;
}

t.test('a new file is empty and for its owner alone', async (t) => {
  const file = fileIn(t);
  t.match(await open(t, file), { entryCount: 0, tornBytes: 0 });
  t.equal((await stat(file)).mode & 0o777, 0o600);
});

t.test('what was appended is found again and appended to', async (t) => {
  const file = fileIn(t);
  const first = await open(t, file);
  await first.file.append(Buffer.from('a\n'));
  await first.file.append(Buffer.from('b\nc\n'));
  await first.file.sync();
  await first.file.close();
  const second = await open(t, file);
  t.match(second, { entryCount: 3, tornBytes: 0 });
  await second.file.append(Buffer.from('d\n'));
  t.equal(await readFile(file, 'utf8'), 'a\nb\nc\nd\n');
});

t.test('a torn tail is cut off, and the next entry stands where it began', async (t) => {
  const file = fileIn(t);
  await writeFile(file, '{"a":1}\n{"b":2}\n{"c":');
  const opened = await open(t, file);
  t.match(opened, { entryCount: 2, tornBytes: 5 });
  t.equal(await readFile(file, 'utf8'), '{"a":1}\n{"b":2}\n');
  await opened.file.append(Buffer.from('{"d":4}\n'));
  t.equal(await readFile(file, 'utf8'), '{"a":1}\n{"b":2}\n{"d":4}\n');
});

t.test('an entry without its end is torn even if it is the only one', async (t) => {
  const file = fileIn(t);
  await writeFile(file, '{"a":1}');
  t.match(await open(t, file), { entryCount: 0, tornBytes: 7 });
  t.equal((await stat(file)).size, 0);
});

t.test('entries are counted across the chunks in which they are read', async (t) => {
  const file = fileIn(t);
  const line = `${'x'.repeat(997)}\n`;
  await writeFile(file, line.repeat(3000));
  await appendFile(file, 'torn');
  t.match(await open(t, file), { entryCount: 3000, tornBytes: 4 });
});

t.test('a line end exactly at the end of a chunk is seen', async (t) => {
  const file = fileIn(t);
  await writeFile(file, `${'x'.repeat((1 << 20) - 1)}\n${'y'.repeat(10)}\n`);
  t.match(await open(t, file), { entryCount: 2, tornBytes: 0 });
});

t.test('a folder in place of the file is an error', async (t) => {
  await t.rejects(openLogFile(t.testdir({})), { code: 'EISDIR' });
});
