/** Whoever ends a gateway before it serves finds nothing of it left: no PostgreSQL, no registry, no worker. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import t from 'tap';
import { clusterNameOf } from '../../src/embedded/postgres-leftovers.ts';
import { eventually } from '../support/eventually.ts';
import { projectRoot } from '../support/gateway.ts';
import { gatewayMain } from '../support/gateway-process.ts';

t.setTimeout(120_000);

const folder = await mkdtemp(path.join(tmpdir(), 'lienthong-interrupted-'));
t.teardown(() => rm(folder, { recursive: true, force: true }));
const data = path.join(folder, 'data');
const postmaster = path.join(data, 'postgres', 'postmaster.pid');

/** Command lines of processes that say one of these. */
function running(marks: readonly string[]): string[] {
  const lines = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(commandLine);
  return lines.filter((line) => marks.some((mark) => line.includes(mark)));
}

/** Empty of a process that is gone by now. */
function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    return '';
  }
}

for (const [signal, code, ...options] of [
  ['SIGTERM', 143],
  ['SIGINT', 130, '--workers', '2'],
] as const) {
  t.test(`${signal} while PostgreSQL is up and nobody is served yet ${options.join(' ')}`, async (t) => {
    const command = [gatewayMain, 'serve', '--config', path.join(projectRoot, 'config'), '--data', data, '--port', '0'];
    const child = spawn(process.execPath, [...command, ...options], { stdio: ['ignore', 'pipe', 'inherit'] });
    t.teardown(() => child.kill('SIGKILL'));
    let said = '';
    child.stdout.on('data', (chunk) => {
      said += chunk;
    });
    const exit = once(child, 'exit');
    await eventually(() => existsSync(postmaster));
    const marks = [data, await clusterNameOf(path.dirname(postmaster))];
    t.not(running(marks).length, 0);
    child.kill(signal);
    t.same(await exit, [code, null]);
    t.notMatch(said, /"serving"/);
    t.match(said, /shutting down/);
    await eventually(() => running(marks).length === 0);
    t.notOk(existsSync(postmaster), 'in an orderly way');
  });
}
