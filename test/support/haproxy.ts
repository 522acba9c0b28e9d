/** The shipped HAProxy before gateways of a test: its configuration as it is, but for addresses and its greatest number of connections. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { eventually } from './eventually.ts';
import { projectRoot } from './gateway.ts';
import { freePort, type Teardown } from './servers.ts';

export interface Haproxy {
  readonly url: string;
  /** What it thinks of each gateway that it deals to: `UP`, `DOWN`, and what lies between. */
  states(): Promise<string[]>;
}

/** The gateways listen on those ports, in the order of their names. Resolves when HAProxy listens. */
export async function startHaproxy(t: Teardown, ports: readonly [number, number]): Promise<Haproxy> {
  const folder = await mkdtemp(path.join(tmpdir(), 'lienthong-haproxy-'));
  const port = await freePort();
  const shipped = await readFile(path.join(projectRoot, 'deploy/haproxy/haproxy.cfg'), 'utf8');
  const addressed = ports
    .reduce((written, at, index) => written.replaceAll(`gateway-${index + 1}:8080`, `127.0.0.1:${at}`), shipped)
    .replace('bind :8080', `bind 127.0.0.1:${port}`)
    // As many as a test's machine has files for.
    .replace('maxconn 20000', 'maxconn 1000');
  const socket = path.join(folder, 'socket');
  const files = { 'haproxy.cfg': addressed, 'socket.cfg': `global\n  stats socket ${socket}\n` };
  const names = Object.keys(files).map((name) => path.join(folder, name));
  for (const [name, content] of Object.entries(files)) await writeFile(path.join(folder, name), content);
  const child = spawn('haproxy', ['-db', ...names.flatMap((name) => ['-f', name])], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const gone = once(child, 'exit');
  t.teardown(async () => {
    child.kill('SIGKILL');
    await gone;
    await rm(folder, { recursive: true, force: true });
  });

  /** Management Guide section 9.3: servers alone, as CSV under a line of names. */
  async function states(): Promise<string[]> {
    const asking = connect(socket);
    asking.write('show stat any_gateway 4 -1\n');
    const [first = '', ...rows] = (await text(asking)).trim().split('\n');
    const column = first.split(',').indexOf('status');
    return rows.map((row) => row.split(',')[column] ?? '');
  }

  await eventually(async () => {
    if (child.exitCode !== null) throw new Error(`haproxy ended with exit code ${child.exitCode}`);
    return (await states().catch(() => [])).length > 0;
  });
  return { url: `http://127.0.0.1:${port}`, states };
}
