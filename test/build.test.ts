/** What `npm run build` makes runs by itself: compiled sources, SQL, manifests, child processes. */

import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { projectRoot } from './support/gateway.ts';

const run = promisify(execFile);
t.setTimeout(180_000);

t.test('the production build goes through the tour', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'lienthong-build-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  await run('npm', ['run', '--silent', 'build'], { cwd: projectRoot });
  const main = path.join(projectRoot, 'dist/src/main.js');
  const { stdout } = await run(process.execPath, [
    main,
    'demo',
    '--once',
    '--port',
    '0',
    '--data',
    path.join(folder, 'data'),
  ]);
  t.match(stdout, /demo: 24 steps passed\n$/);
});
