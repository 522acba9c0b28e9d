/** Whoever pipes a command into `head` gets no stack trace, and what cannot be printed for another reason is told. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import t from 'tap';
import { projectRoot } from '../support/gateway.ts';

const main = path.join(projectRoot, 'src/main.ts');

t.setTimeout(60_000);

t.test('a command whose output nobody reads ends quietly, as one that SIGPIPE ended', async (t) => {
  const child = spawn(process.execPath, [main, 'check'], { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.destroy();
  const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  t.equal(said, '');
  t.equal(code, 141);
});

t.test('a full disk is told of', async (t) => {
  const full = await open('/dev/full', 'w');
  t.teardown(() => full.close());
  const child = spawn(process.execPath, [main, 'check'], { stdio: ['ignore', full.fd, 'pipe'] });
  const [said, [code]] = await Promise.all([text(child.stderr ?? Readable.from([])), once(child, 'exit')]);
  t.match(said, /^lienthong: ENOSPC: no space left on device, write\n$/);
  t.equal(code, 1);
});
