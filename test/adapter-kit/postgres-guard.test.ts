/** What a PostgreSQL registry sends can be anything; whatever it is, it must end no more than the call it is for. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t, { type Test } from 'tap';
import { type SqlSourceSettings, sqlSource } from '../../src/adapter-kit/sql-source.ts';
import { boundsOfAnswers, holdsBounds, survivesSpoiltBytes } from '../contracts/guarded-answers.ts';
import { createRandom } from '../support/random-fixture.ts';
import { startPostgres } from '../support/servers.ts';
import {
  complete,
  int16,
  int32,
  message,
  oneColumn,
  ready,
  rowOf,
  startSickPostgres,
} from '../support/sick-postgres.ts';
import { spoilt, startSpoilingFront } from '../support/spoiling-front.ts';
import { runSql } from '../support/state-fixture.ts';

const bound = message('2');
const all = (...messages: readonly Buffer[]) => Buffer.concat(messages);

const sickAnswers: Readonly<Record<string, Buffer>> = {
  'a portal that is suspended': all(bound, rowOf('x'), message('s'), ready),
  'columns that are described again': all(bound, oneColumn, rowOf('x'), complete, ready),
  'a wish for copied data': all(bound, message('G', all(Buffer.alloc(1), int16(0))), ready),
  'copied data': all(bound, message('d', 'abc'), complete, ready),
  'a column beyond its message': all(bound, message('D', all(int16(1), int32(5), Buffer.from('x'))), complete, ready),
  'columns beyond everything': all(bound, message('D', all(int16(5), int32(100_000))), complete, ready),
  'a negative number of columns': all(bound, message('D', int16(-3)), complete, ready),
  'one column too many': all(bound, message('D', all(int16(2), int32(-1), int32(-1))), complete, ready),
  'a length below the least': Buffer.from([0x44, 0, 0, 0, 0, 0, 0, 0, 0]),
  'an error without an end': message('E', 'SERROR'),
  'an error without anything': message('E'),
  'a notice without an end': message('N', 'SERROR\0'),
  'a message of two gigabytes': Buffer.alloc(64, 'x'),
  'an authentication that nobody knows': message('R', int32(99)),
  'a type that nobody knows': message('?', 'abc'),
  'an end without a result': all(bound, ready),
};

async function folderWith(t: Test, statements: Readonly<Record<string, string>>): Promise<URL> {
  const folder = await mkdtemp(join(tmpdir(), 'lienthong-sql-'));
  t.teardown(() => rm(folder, { recursive: true }));
  for (const [name, text] of Object.entries(statements)) await writeFile(join(folder, `${name}.sql`), text);
  return pathToFileURL(`${folder}/`);
}

async function openSource(t: Test, url: string, text: string, changes: Partial<SqlSourceSettings> = {}) {
  const folder = await folderWith(t, { it: text });
  const source = sqlSource({ url, poolMax: 2, connectTimeoutMs: 300, ...changes }, folder);
  t.teardown(() => source.close());
  return source;
}

t.test('whatever comes in place of an answer fails the call, at once, and the next call is well', async (t) => {
  let sick: Buffer | undefined;
  const source = await openSource(t, await startSickPostgres(t, () => sick), 'SELECT :a::text AS a');
  const ask = () => source.query('it', { a: 'v' }, AbortSignal.timeout(2_000));
  for (const [what, answer] of Object.entries(sickAnswers)) {
    sick = undefined;
    t.same(await ask(), [{ a: 'fine' }], `before ${what}`);
    sick = answer;
    await t.rejects(ask(), { name: 'SourceError', kind: 'garbled' }, what);
  }
  sick = undefined;
  t.same(await Promise.all([ask(), ask()]), [[{ a: 'fine' }], [{ a: 'fine' }]]);
});

t.test('an answer has its bounds, the first of a statement as well as later ones', async (t) => {
  const { url } = await startPostgres(t);
  const text = "SELECT repeat('x', :bytes::int) AS x FROM generate_series(1, :rows::int)";
  const source = await openSource(t, url, text, { ...boundsOfAnswers, poolMax: 1 });
  await holdsBounds(t, source);
});

t.test('a record with bytes that are no UTF-8 is one bad record, and no sick server', async (t) => {
  const { url } = await startPostgres(t);
  // Without a check, as bytes come into a database from old versions, extensions and mended files.
  await runSql(url, 'CREATE CAST (bytea AS text) WITHOUT FUNCTION');
  const text = "SELECT CASE :id::int WHEN 1 THEN 'Nguyễn' ELSE '\\x4e677579ea6e'::bytea::text END AS name";
  const source = await openSource(t, url, text, { poolMax: 1 });
  const ask = (id: number) => source.query('it', { id });
  const bad = { name: 'SourceError', kind: 'answer-invalid' };
  await t.rejects(ask(2), bad, 'the first run of a statement');
  t.same(await ask(1), [{ name: 'Nguyễn' }]);
  await t.rejects(ask(2), bad, 'a later one');
  t.same(await ask(1), [{ name: 'Nguyễn' }]);

  await runSql(url, "CREATE DATABASE legacy ENCODING 'SQL_ASCII' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'");
  const legacy = await openSource(t, url.replace(/postgres$/, 'legacy'), 'SELECT chr(:code::int) AS a');
  t.same(await legacy.query('it', { code: 97 }), [{ a: 'a' }]);
  const refused = { name: 'SourceError', kind: 'unstorable' };
  await t.rejects(legacy.query('it', { code: 0xea }), refused, 'a database without an encoding refuses to send it');
});

t.test('any bytes that change on their way end no more than the call', async (t) => {
  const { url } = await startPostgres(t);
  const random = createRandom(20_261_122).next;
  let isSick = false;
  const front = await startSpoilingFront(t, url, (bytes) => (isSick ? spoilt(bytes, random) : bytes));
  const text = "SELECT :a::text AS a, 7 AS b, 'Nguyễn' AS c FROM generate_series(1, 3)";
  const source = await openSource(t, front, text, { poolMax: 1 });
  const ask = (timeoutMs: number) => source.query('it', { a: 'v' }, AbortSignal.timeout(timeoutMs));
  const fall = (sick: boolean) => {
    isSick = sick;
  };
  await survivesSpoiltBytes(t, { rounds: 80, fall, ask, garbledMin: 20 });
});
