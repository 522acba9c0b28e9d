/** What a MariaDB registry sends can be anything; whatever it is, it must end no more than the call it is for, and print nothing. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createConnection } from 'mysql2/promise';
import t, { type Test } from 'tap';
import { type SqlSourceSettings, sqlSource } from '../../src/adapter-kit/sql-source.ts';
import { boundsOfAnswers, holdsBounds, survivesSpoiltBytes } from '../contracts/guarded-answers.ts';
import { createRandom } from '../support/random-fixture.ts';
import { startMariaDb } from '../support/servers.ts';
import { spoilt, startSpoilingFront } from '../support/spoiling-front.ts';

const { url } = await startMariaDb(t);

/** mysql2 prints what puzzles it, if it is let. */
const printed: string[] = [];
const print = process.stderr.write.bind(process.stderr);
process.stderr.write = (text: string | Uint8Array) => {
  printed.push(String(text));
  return print(text);
};
t.teardown(() => {
  process.stderr.write = print;
});

async function openSource(t: Test, where: string, text: string, changes: Partial<SqlSourceSettings> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'lienthong-sql-'));
  t.teardown(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'it.sql'), text);
  const settings = { url: where, poolMax: 1, connectTimeoutMs: 1000, ...changes };
  const source = sqlSource(settings, pathToFileURL(`${folder}/`));
  t.teardown(() => source.close());
  return source;
}

/** Most bytes of a packet; a row of more goes on in the next one. */
const partBytes = 0xff_ff_ff;
/** Beside the long text: what begins a row, the length of that text, and the other column. */
const rowHeadBytes = 2 + 9 + 4;

/** Length in three bytes, its number in the answer, and the body (MariaDB documentation, "Protocol: 0 - Packet"). */
function packet(number: number, body: Buffer | string): Buffer {
  const bytes = Buffer.from(body as string, 'latin1');
  const head = Buffer.alloc(4, number);
  head.writeUIntLE(bytes.length, 0, 3);
  return Buffer.concat([head, bytes]);
}

/** What each makes of a right answer: the number of columns, the column, an end, a row, an end. */
const illnesses: Readonly<Record<string, (answer: Buffer) => Buffer>> = {
  'packets out of order': (answer) => changed(answer, 3, 9),
  'a number of no length': () => packet(1, '\xfc'),
  'a length of no kind': (answer) => Buffer.concat([answer.subarray(0, 5), packet(2, '\x03def\xff')]),
  'a wish for a local file': () => packet(1, '\xfb/etc/passwd'),
  'a column beyond its row': (answer) => changed(answer, answer.lastIndexOf('v') - 1, 9),
  'no end after the columns': (answer) => changed(answer, answer.indexOf(0xfe), 1),
  'an error without anything': () => packet(1, '\xff'),
  'a second answer': (answer) => Buffer.concat([answer, answer]),
  'words of another protocol': () => Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'),
};

function changed(bytes: Buffer, at: number, value: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = value;
  return copy;
}

t.test('whatever comes in place of an answer fails the call, at once, and the next call is well', async (t) => {
  let sick: ((answer: Buffer) => Buffer) | undefined;
  const front = await startSpoilingFront(t, url, (bytes) => sick?.(bytes) ?? bytes);
  const source = await openSource(t, front, 'SELECT CONCAT(:a) AS a');
  const ask = () => source.query('it', { a: 'v' }, AbortSignal.timeout(2_000));
  for (const [what, illness] of Object.entries(illnesses)) {
    sick = undefined;
    t.same(await ask(), [{ a: 'v' }], `before ${what}`);
    sick = illness;
    await t.rejects(ask(), { name: 'SourceError', kind: 'garbled' }, what);
  }
  sick = undefined;
  t.same(await ask(), [{ a: 'v' }]);
});

t.test('a greeting that is none keeps no place among the connections', async (t) => {
  let isSick = true;
  const front = await startSpoilingFront(t, url, (bytes) => (isSick ? Buffer.alloc(bytes.length, 'x') : bytes));
  const source = await openSource(t, front, 'SELECT CONCAT(:a) AS a');
  const ask = () => source.query('it', { a: 'v' }, AbortSignal.timeout(2_000));
  for (let round = 0; round < 3; round += 1) await t.rejects(ask(), { name: 'SourceError', kind: 'garbled' });
  isSick = false;
  t.same(await ask(), [{ a: 'v' }]);
});

t.test('an answer has its bounds', async (t) => {
  const text = "SELECT REPEAT('x', :bytes) AS x FROM seq_1_to_200 WHERE seq <= :rows";
  const source = await openSource(t, url, text, boundsOfAnswers);
  await holdsBounds(t, source);
});

t.test('a row of several packets is read, however they are cut', async (t) => {
  const root = await createConnection(url);
  await root.query('SET GLOBAL max_allowed_packet = 67108864');
  await root.end();
  const text = "SELECT REPEAT('x', :bytes) AS x, 'end' AS y";
  const source = await openSource(t, url, text, { answerBytesMax: 60_000_000, statementTimeoutMs: 20_000 });
  for (const bytes of [17_000_000, 2 * partBytes - rowHeadBytes, 2 * partBytes + 1000]) {
    const [row] = await source.query('it', { bytes });
    t.equal(row?.y, 'end');
    t.equal(String(row?.x).length, bytes);
  }
});

t.test('any bytes that change on their way end no more than the call', async (t) => {
  const random = createRandom(20_261_122).next;
  let isSick = false;
  const front = await startSpoilingFront(t, url, (bytes) => (isSick ? spoilt(bytes, random) : bytes));
  const source = await openSource(t, front, "SELECT CONCAT(:a) AS a, 7 AS b, 'Nguyễn' AS c FROM seq_1_to_3");
  const ask = (timeoutMs: number) => source.query('it', { a: 'v' }, AbortSignal.timeout(timeoutMs));
  const fall = (sick: boolean) => {
    isSick = sick;
  };
  await survivesSpoiltBytes(t, { rounds: 40, fall, ask, garbledMin: 10 });
});

t.test('nothing of all this is printed', async (t) => {
  t.same(printed, []);
});
