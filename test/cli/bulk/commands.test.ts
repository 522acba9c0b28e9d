/** `lienthong push` and `query` as their users meet them: results, failed lines, broken connections, a gateway that is killed. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { samplePopulation } from '../../../adapters/sample-people/index.ts';
import { pin } from '../../support/bulk-client.ts';
import { gatewayMain } from '../../support/gateway-process.ts';
import { startLoopbackProxy } from '../../support/loopback-proxy.ts';
import { createPushPlace } from '../../support/push-place.ts';
import { residenceChange, residenceService, sender } from '../../support/residence-change.ts';
import { startTroubledGateway } from '../../support/troubled.ts';

t.setTimeout(240_000);

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function run(
  args: readonly string[],
  token: string,
  input = '',
): { child: ReturnType<typeof spawn>; ended: Promise<Ended> } {
  const child = spawn(process.execPath, [gatewayMain, ...args], { env: { ...process.env, LIENTHONG_TOKEN: token } });
  t.teardown(() => child.kill('SIGKILL'));
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  child.stdin.end(input);
  return { child, ended: once(child, 'close').then(([code]) => ({ code, out, err })) };
}

const linesOf = async (file: string) =>
  (await readFile(file, 'utf8').catch(() => ''))
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

t.test('questions', async (t) => {
  const consumer = 'VN/GOV/G07/social-protection';
  const gateway = await startTroubledGateway(t);
  const token = await gateway.token(consumer);
  const folder = t.testdir({});
  const query = (file: string, ...more: string[]) =>
    run(
      ['query', file, '--url', gateway.url, '--service', 'VN/GOV/G18/troubles/ask', '--client', consumer, ...more],
      token,
    ).ended;

  t.test('each line has its result; what failed can be sent again as it is', async (t) => {
    const file = path.join(folder, 'questions.ndjson');
    const good = { pin };
    const named = { id: 'mine', message: { pin }, issue: 'H21.123-240315-0007' };
    const lines = [good, { pin: '1' }, named, { message: { pin }, colour: 'red' }].map((line) => JSON.stringify(line));
    await writeFile(file, `\ufeff${lines.join('\r\n')}\nno json\n\n${JSON.stringify({ pin, trouble: 'not-found' })}`);
    const { code, out } = await query(file);
    t.equal(code, 1, 'some lines failed');
    t.match(out, /6 lines have a result \(3 × 200, 1 × 400, 2 × 422\)/);
    const results = await linesOf(`${file}.results.ndjson`);
    t.match(
      results.map(({ line, id, status }) => [line, id, status]),
      [
        [1, /^lt-/, 200],
        [2, /^lt-/, 422],
        [3, 'mine', 200],
        [4, /^lt-/, 422],
        [5, /.*/, 400],
        [7, /^lt-/, 200],
      ],
    );
    t.equal((await gateway.entries())[2]?.issue, 'H21.123-240315-0007');
    const errors = await linesOf(`${file}.errors.ndjson`);
    t.match(errors, [
      { line: 2, id: results[1].id, message: { pin: '1' }, problem: { code: 'message-invalid' } },
      { line: 4, message: { message: { pin }, colour: 'red' } },
      { line: 5, message: 'no json' },
    ]);
    const again = await query(`${file}.errors.ndjson`);
    t.equal(again.code, 1);
    t.match((await linesOf(`${file}.errors.ndjson.results.ndjson`))[0], { id: results[1].id, status: 422 });
    const over = await query(file);
    t.equal(over.code, 2);
    t.match(over.err, /is there already: --resume goes on with it/);
  });

  t.test('standard input', async (t) => {
    const args = ['query', '-', '--url', gateway.url, '--service', 'VN/GOV/G18/troubles/ask/v1', '--client', consumer];
    const files = ['--results', path.join(folder, 'r'), '--errors', path.join(folder, 'e'), '--batch', 'b'];
    t.match(await run(args, token).ended, { code: 2, err: /--results, --errors and --batch/ });
    const { code } = await run([...args, ...files], token, `${JSON.stringify({ pin })}\n`.repeat(10)).ended;
    t.equal(code, 0);
    t.equal((await linesOf(path.join(folder, 'r'))).length, 10);
  });

  t.test('a broken connection is made good by itself', async (t) => {
    const proxy = await startLoopbackProxy(t, gateway.url);
    const file = path.join(folder, 'many.ndjson');
    await writeFile(file, `${JSON.stringify({ pin })}\n`.repeat(3000));
    const args = ['query', file, '--url', proxy.url, '--service', 'VN/GOV/G18/troubles/ask', '--client', consumer];
    const { ended } = run(args, token);
    for (let cuts = 0; cuts < 3; ) {
      await sleep(40);
      const { length } = await linesOf(`${file}.results.ndjson`).catch(() => []);
      if (length <= cuts * 800) continue;
      proxy.cut();
      cuts += 1;
    }
    const { code, err } = await ended;
    t.equal(code, 0, err);
    t.match(err, /[^.]; going on in \d/);
    t.same(
      (await linesOf(`${file}.results.ndjson`)).map(({ line }) => line),
      Array.from({ length: 3000 }, (_one, index) => index + 1),
    );
  });

  t.test('what cannot be carried through has its exit code', async (t) => {
    const file = path.join(folder, 'refused.ndjson');
    await writeFile(file, `${JSON.stringify({ pin })}\n`);
    const refused = await query(file, '--purpose', 'another');
    t.match(refused, { code: 2, out: /NOT carried through: the gateway answers 403/ });
    const nobody = ['--url', 'http://127.0.0.1:9', '--tries', '1', '--results', path.join(folder, 'n')];
    t.match(await query(file, ...nobody, '--errors', path.join(folder, 'ne')), { code: 2, out: /ECONNREFUSED/ });
    await writeFile(file, `${JSON.stringify({ pin: '099190000019' })}\n`);
    t.match(await query(file, '--resume'), { code: 0 }, 'nothing had a result');
    await writeFile(file, `${JSON.stringify({ pin })}\n`);
    t.match(await query(file, '--resume'), { code: 2, err: /it is another file/ });
  });
});

t.test('pushes go on after the gateway was killed, each of them once', async (t) => {
  const place = await createPushPlace(t);
  const gateway = await place.gateway();
  await gateway.start();
  const people = samplePopulation().people.slice(100, 600);
  const count = 1200;
  const file = path.join(t.testdir({}), 'moves.ndjson');
  const line = (index: number) =>
    JSON.stringify(residenceChange((people[index % people.length] as { pin: string }).pin, `nhà ${index}`));
  await writeFile(file, Array.from({ length: count }, (_one, index) => `${line(index)}\n`).join(''));
  const push = async (...more: string[]) =>
    run(
      [
        ...['push', file, '--url', gateway.url(), '--service', residenceService, '--client', sender],
        ...['--official', 'official-1', ...more],
      ],
      await gateway.token(sender, 'client'),
    ).ended;
  const results = `${file}.results.ndjson`;
  const first = push('--tries', '1');
  while ((await readFile(results, 'utf8').catch(() => '')).split('\n').length < 300) await sleep(20);
  await gateway.kill();
  t.match(await first, { code: 2, out: /NOT carried through/ });
  const before = (await linesOf(results)).length;
  t.ok(before >= 299 && before < count, `${before} lines had a result`);
  await gateway.start();
  t.match(await push('--resume'), {
    code: 0,
    out: `1200 accepted, now or before. What becomes of them: lienthong deliveries list --client ${sender} --url ${gateway.url()} --wait 60`,
  });
  const all = await linesOf(results);
  t.same(
    all.map(({ line, status }) => [line, status]),
    Array.from({ length: count }, (_one, index) => [index + 1, 202]),
  );
  t.equal(new Set(all.map(({ exchangeId }) => exchangeId)).size, count);
  const accepted = (await gateway.entries()).filter(
    ({ kind, status, repeats }) => kind === 'push' && status === 202 && repeats === undefined,
  );
  t.equal(new Set(accepted.map(({ id }) => id)).size, count, 'one exchange each, also where no result had arrived');
});
