/** The README's first command: the tour passes on a fresh data folder, and again on the kept one. */

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { projectRoot } from '../support/gateway.ts';

const run = promisify(execFile);
const main = path.join(projectRoot, 'src/main.ts');

// Two starts of everything, the first with its sample data, on whatever machine this is.
t.setTimeout(240_000);

t.test('the tour', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'lienthong-demo-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const data = path.join(folder, 'data');
  const demo = () => run(process.execPath, [main, 'demo', '--once', '--port', '0', '--data', data]);

  await t.test('passes on a fresh data folder', async (t) => {
    const { stdout, stderr } = await demo();
    t.equal(stdout.trimEnd().split('\n').at(-1), 'demo: 24 steps passed');
    t.equal(stdout.split('\n').filter((line) => line.startsWith('✔')).length, 24);
    t.equal(stderr, '');
  });

  await t.test('passes on the kept one, and goes on to serve what it prints to paste', async (t) => {
    const child = spawn(process.execPath, [main, 'demo', '--port', '0', '--data', data], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exit = once(child, 'exit');
    t.teardown(() => child.kill('SIGKILL'));
    let said = '';
    for await (const part of child.stdout.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
      said += part;
      if (/End: Ctrl-C/.test(said)) break;
    }
    t.match(said, /demo: 24 steps passed/);
    const key = /^KEY=.*$/m.exec(said)?.[0];
    const citizen = /^CITIZEN=.*?\n\n/ms.exec(said)?.[0];
    const command = `'${process.execPath}' '${main}'`;
    // Short pages, as after many tours with long ones.
    const lines = `${key}\n${citizen}`.replaceAll('npm run -s lienthong --', command).replace('limit=200', 'limit=10');
    const checked = await run('sh', ['-euc', lines], { cwd: folder });
    t.match(checked.stdout, /^The proofs hold: .* in \d answers\.$/m);
    t.match(checked.stdout, /^Numbers 1 to \d+ of \S+ are all there/m);
    child.kill('SIGTERM');
    t.same(await exit, [0, null]);
  });

  await t.test('a token is printed from the key in the data folder', async (t) => {
    const { stdout } = await run(process.execPath, [main, 'token', 'VN/GOV/G07/social-protection', '--data', data]);
    t.match(stdout, /^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    const auditor = await run(process.execPath, [main, 'token', 'auditor-1', '--role', 'auditor', '--data', data]);
    const [, payload = ''] = auditor.stdout.split('.');
    t.match(JSON.parse(Buffer.from(payload, 'base64url').toString()), { sub: 'auditor-1', role: 'auditor' });
    await t.rejects(run(process.execPath, [main, 'token', 'VN/GOV/G99/nobody', '--data', data]), { code: 1 });
  });
});
