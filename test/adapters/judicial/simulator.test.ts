/** The simulator as a process: it says when it is ready, keeps its port when it is started again, and never outlives its parent. */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import adapter from '../../../adapters/judicial/adapter.ts';
import { createAuthority } from '../../support/certificates.ts';

const module = fileURLToPath(new URL('../../../adapters/judicial/simulator/main.ts', import.meta.url));
const authority = await createAuthority(t);
const tls = await authority.issue('judicial-registry');
const client = await authority.issue('judicial-gateway');
/** No database is there, which the simulator minds only when it is asked. */
const settings = {
  databaseUrl: 'postgres://nobody@127.0.0.1:1/nothing',
  tls,
  client: 'judicial-gateway',
  behaviour: { mode: 'normal', latencyMs: 0 },
};

function start(t: Test, env: Record<string, string> = {}): ChildProcess {
  const JUDICIAL_SIMULATOR = JSON.stringify(settings);
  const child = fork(module, { env: { JUDICIAL_SIMULATOR, ...env }, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  t.teardown(() => child.kill('SIGKILL'));
  return child;
}

async function readyPort(child: ChildProcess): Promise<number> {
  const [message] = (await once(child, 'message')) as [{ ready: boolean; port: number }];
  return message.ready ? message.port : 0;
}

t.test('it tells its port when it listens, and takes the port that it is told', async (t) => {
  const first = start(t);
  const port = await readyPort(first);
  t.ok(port > 0);
  first.kill('SIGKILL');
  await once(first, 'exit');
  t.equal(await readyPort(start(t, { LIENTHONG_PORT: String(port) })), port);
});

t.test('it ends when its parent lets go of it, or asks it to', async (t) => {
  const orphan = start(t);
  await readyPort(orphan);
  orphan.disconnect();
  t.same(await once(orphan, 'exit'), [0, null]);
  const dismissed = start(t);
  await readyPort(dismissed);
  dismissed.kill('SIGTERM');
  t.same(await once(dismissed, 'exit'), [0, null]);
});

t.test('Ctrl-C in the terminal leaves it to its parent', async (t) => {
  const child = start(t);
  await readyPort(child);
  child.kill('SIGINT');
  child.kill('SIGTERM');
  t.same(await once(child, 'exit'), [0, null]);
});

t.test('without its database it is up but not well', async (t) => {
  const port = await readyPort(start(t));
  const registry = await adapter.open({
    url: `https://127.0.0.1:${port}`,
    connectTimeoutMs: 2_000,
    headersTimeoutMs: 5_000,
    bodyTimeoutMs: 5_000,
    connectionsMax: 1,
    answerBytesMax: 1_000,
    tls: client,
  });
  t.teardown(() => registry.close());
  await t.rejects(registry.check(AbortSignal.timeout(5_000)), { name: 'SourceError', kind: 'failed' });
});

t.test('settings that it cannot work with end it at once, and it says why', async (t) => {
  const wrong = [
    [{ JUDICIAL_SIMULATOR: '' }, /JUDICIAL_SIMULATOR/],
    [{ JUDICIAL_SIMULATOR: JSON.stringify({ ...settings, behaviour: { mode: 'mad' } }) }, /behaviour/],
  ] as const;
  for (const [env, words] of wrong) {
    const child = start(t, env);
    let output = '';
    child.stderr?.on('data', (chunk) => {
      output += chunk;
    });
    t.same(await once(child, 'exit'), [1, null]);
    t.match(output, words);
  }
});
