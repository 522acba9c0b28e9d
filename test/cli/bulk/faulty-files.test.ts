/** Files as they come: lines that are cut off or say more than they may, files named twice, refusals, and whoever loses patience. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, linkSync } from 'node:fs';
import { readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { lockFile } from '../../../src/file-lock.ts';
import { pin } from '../../support/bulk-client.ts';
import { gatewayMain } from '../../support/gateway-process.ts';
import { startTroubledGateway } from '../../support/troubled.ts';

t.setTimeout(120_000);

const consumer = 'VN/GOV/G07/social-protection';
const gateway = await startTroubledGateway(t, {
  settings: { http: { bodyBytesMax: 900 }, bulk: { lineBytesMax: 1000 } },
});
const token = await gateway.token(consumer);
const folder = t.testdir({});
const good = JSON.stringify({ pin });
const service = 'VN/GOV/G18/troubles/ask';

function start(file: string, ...more: string[]) {
  const args = ['query', file, '--url', gateway.url, '--service', service, '--client', consumer, ...more];
  const child = spawn(process.execPath, [gatewayMain, ...args], { env: { ...process.env, LIENTHONG_TOKEN: token } });
  t.teardown(() => child.kill('SIGKILL'));
  const ended = { out: '', err: '' };
  child.stdout.on('data', (chunk) => {
    ended.out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    ended.err += chunk;
  });
  return { child, ended: once(child, 'close').then(([code]) => ({ code: code as number, ...ended })) };
}
const query = (file: string, ...more: string[]) => start(file, ...more).ended;

async function fileOf(name: string, lines: readonly string[]): Promise<string> {
  const file = path.join(folder, name);
  await writeFile(file, lines.map((line) => `${line}\n`).join(''));
  return file;
}
const linesOf = async (file: string) =>
  (await readFile(file, 'utf8'))
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

t.test('a line that cannot be read is one failed line, and the others go on', async (t) => {
  const lines = [
    good,
    '{"pin":"0991',
    `${good}}`,
    `${good},"issue":"INJECTED"`,
    JSON.stringify({ id: 'né', message: { pin } }),
    JSON.stringify({ id: 'x'.repeat(300), message: { pin } }),
    JSON.stringify({ id: 'long', message: { pin: '1'.repeat(1000) } }),
    'no json',
    good,
  ];
  const file = await fileOf('broken.ndjson', lines);
  const { code, out, err } = await query(file);
  t.equal(code, 1, err);
  t.match(out, /9 lines have a result \(2 × 200, 6 × 400, 1 × 413\)/);
  t.match(out, /7 failed \(.*2 × header-invalid.*\): mend what needs mending in .*errors\.ndjson, and send it\./);
  const entries = await gateway.entries();
  t.notOk(
    entries.some(({ issue }) => issue === 'INJECTED'),
    'what follows a message says nothing about it',
  );
  const errors = await linesOf(`${file}.errors.ndjson`);
  t.same(
    errors.map(({ line }) => line),
    [2, 3, 4, 5, 6, 7, 8],
  );
  t.equal(errors[0].message, lines[1], 'what was meant is there to be mended');
  t.match(await query(file, '--resume'), { code: 1 }, 'there is nothing left to do');
  t.equal((await linesOf(`${file}.results.ndjson`)).length, 9);
});

t.test('a file that changed is not gone on with, wherever it changed', async (t) => {
  const file = await fileOf('changed.ndjson', [good, good, good]);
  t.match(await query(file), { code: 0 });
  const changed = async (lines: readonly string[]) => {
    await fileOf('changed.ndjson', lines);
    t.match(await query(file, '--resume'), { code: 2, err: /line 2 of .* is another file, or was changed \(--batch/ });
  };
  await changed([good, JSON.stringify({ pin: '099088000002' }), good]);
  const message = { pin };
  await changed([good, JSON.stringify({ message, issue: 'H26-1' }), good]);
  await fileOf('changed.ndjson', [good, good, good]);
  t.match(await query(file, '--resume'), { code: 0 });
});

t.test('so is one whose refused line was mended, or whose own id names something else', async (t) => {
  const named = JSON.stringify({ id: 'one', message: { pin } });
  const file = await fileOf('mended.ndjson', [named, 'no json', good]);
  t.match(await query(file), { code: 1 });
  await fileOf('mended.ndjson', [named, good, good]);
  t.match(await query(file, '--resume'), { code: 2, err: /line 2 of / });
  await fileOf('mended.ndjson', [JSON.stringify({ id: 'one', message: { pin: '099088000002' } }), 'no json', good]);
  t.match(await query(file, '--resume'), { code: 2, err: /line 1 of / });
});

t.test('two do not write one file of results', async (t) => {
  const file = await fileOf('shared.ndjson', [good]);
  const lockName = `${file}.results.ndjson.lock`;
  const other = lockFile(lockName);
  t.match(await query(file, '--resume'), { code: 2, err: /another process writes .*shared\.ndjson\.results\.ndjson/ });
  other?.release();
  t.match(await query(file, '--resume'), { code: 0 });
  t.notOk(existsSync(lockName));
  const nowhere = path.join(folder, 'none', 'results');
  t.match(await query(file, '--results', nowhere), { code: 2, err: /cannot be made: name --results in a folder/ });
});

t.test('no file is written that is read, however it is named, nor one that is no file', async (t) => {
  const file = await fileOf('source.ndjson', [good]);
  const named = (name: string) => path.join(folder, name);
  await symlink(file, named('soft'));
  linkSync(file, named('hard'));
  for (const other of [file, named('soft'), named('hard'), path.join(folder, '.', 'source.ndjson')]) {
    t.match(await query(file, '--resume', '--errors', other), { code: 2, err: /is the file that is sent as well/ });
  }
  const twice = ['--results', named('both'), '--errors', named('both')];
  t.match(await query(file, ...twice), { code: 2, err: /is that of --results as well/ });
  t.match(await query(file, '--resume', '--results', '/dev/full'), { code: 2, err: /is no ordinary file/ });
  t.match(await query(file, '--resume', '--results', folder), { code: 2, err: /is a folder: name a file/ });
  t.equal(await readFile(file, 'utf8'), `${good}\n`);
});

t.test('a refusal is told at once, however much there is to send, and leaves nothing behind', async (t) => {
  const file = await fileOf('large.ndjson', Array(40_000).fill(good));
  const { code, out, err } = await query(file, '--purpose', 'another');
  t.equal(code, 2);
  t.match(out, /NOT carried through: the gateway answers 403: .*[^.]\. Nothing helps before that is mended/);
  t.equal(err, '', 'nothing is tried again');
  t.notOk(existsSync(`${file}.results.ndjson`));
  t.notOk(existsSync(`${file}.errors.ndjson`));
});

t.test('one try is one try', async (t) => {
  const file = await fileOf('nobody.ndjson', [good]);
  const { code, out, err } = await query(file, '--url', 'http://127.0.0.1:9', '--tries', '1');
  t.match({ code, out }, { code: 2, out: /ECONNREFUSED.*Go on with --resume/ });
  t.notMatch(err, /going on/);
});

t.test('who interrupts it is told how far it came, and can go on', async (t) => {
  const never = Array.from({ length: 50 }, (_one, index) =>
    JSON.stringify({ pin: `0991900${String(index).padStart(5, '0')}`, trouble: 'never' }),
  );
  const file = await fileOf('slow.ndjson', [good, ...never]);
  const { child, ended } = start(file);
  while ((await readFile(`${file}.results.ndjson`, 'utf8').catch(() => '')) === '') await sleep(50);
  child.kill('SIGINT');
  t.match(await ended, {
    code: 130,
    out: /lines have a result .*\nNOT carried through: it was interrupted\. Go on with/s,
  });
});
