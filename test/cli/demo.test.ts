/** The README's first command: the tour passes on a fresh data folder, and again on the kept one. */

import { execFile } from 'node:child_process';
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

  for (const which of ['first', 'second']) {
    await t.test(`${which} start`, async (t) => {
      const { stdout, stderr } = await demo();
      t.equal(stdout.trimEnd().split('\n').at(-1), 'demo: 24 steps passed');
      t.equal(stdout.split('\n').filter((line) => line.startsWith('✔')).length, 24);
      t.equal(stderr, '');
    });
  }

  await t.test('a token is printed from the key in the data folder', async (t) => {
    const { stdout } = await run(process.execPath, [main, 'token', 'VN/GOV/G07/social-protection', '--data', data]);
    t.match(stdout, /^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    const auditor = await run(process.execPath, [main, 'token', 'auditor-1', '--role', 'auditor', '--data', data]);
    const [, payload = ''] = auditor.stdout.split('.');
    t.match(JSON.parse(Buffer.from(payload, 'base64url').toString()), { sub: 'auditor-1', role: 'auditor' });
    await t.rejects(run(process.execPath, [main, 'token', 'VN/GOV/G99/nobody', '--data', data]), { code: 1 });
  });
});
