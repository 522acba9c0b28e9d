/** A gateway as a process of its own, on a data folder that outlives it, so that it can be told to end, killed or refused its disk. */

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Test } from 'tap';
import type { LoggedEntry } from './answers.ts';
import { createTokensOf, type GatewaySetup, projectRoot, writeConfiguration } from './gateway.ts';
import { readLogFiles } from './log-files.ts';
import { freePort } from './servers.ts';
import { askService, troubledSetup } from './troubled.ts';

export const gatewayMain = path.join(projectRoot, 'src/main.ts');

/** Where a gateway lives while its processes come and go. */
export interface Place {
  readonly config: string;
  readonly data: string;
  readonly port: number;
  readonly url: string;
  /** Folder of the exchange log. */
  readonly log: string;
}

export interface GatewayProcess {
  readonly child: ChildProcess;
  /** Lines of its operational log so far. */
  readonly lines: readonly string[];
}

const consumer = 'VN/GOV/G07/social-protection';

export async function createPlace(t: Test, setup: GatewaySetup = troubledSetup): Promise<Place> {
  const folder = await mkdtemp(path.join(tmpdir(), 'lienthong-process-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const config = path.join(folder, 'config');
  await writeConfiguration(config, setup);
  const data = path.join(folder, 'data');
  const port = await freePort();
  return { config, data, port, url: `http://127.0.0.1:${port}`, log: path.join(data, 'exchange-log') };
}

/** Resolves when it serves. `commandOf` may put another program in front of Node. */
export async function serve(
  t: Test,
  { config, data, port }: Place,
  commandOf: (nodeArguments: readonly string[]) => readonly string[] = (rest) => [process.execPath, ...rest],
  env: NodeJS.ProcessEnv = process.env,
): Promise<GatewayProcess> {
  const [command = '', ...rest] = commandOf([
    gatewayMain,
    'serve',
    '--config',
    config,
    '--data',
    data,
    '--port',
    String(port),
  ]);
  const child = spawn(command, rest, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  t.teardown(() => child.kill('SIGKILL'));
  const lines: string[] = [];
  const serving = new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(line);
      if (line.includes('"serving"')) resolve();
    });
    child.once('error', reject);
    child.once('exit', (code, signal) => reject(new Error(`the gateway ended with ${signal ?? code}`)));
  });
  await serving;
  return { child, lines };
}

/** A query by a consumer that may ask it. */
export async function ask({ data, url }: Place, message: object): Promise<Response> {
  return fetch(`${url}/r1/VN/GOV/${askService}/v1`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-road-client': consumer,
      authorization: `Bearer ${await createTokensOf(data)(consumer)}`,
    },
    body: JSON.stringify({ pin: '099190000001', ...message }),
  });
}

/** Of the exchange log, in order. */
export async function entriesOf({ log }: Place): Promise<LoggedEntry[]> {
  return (await readLogFiles(log)).map((entry) => JSON.parse(entry.toString()));
}
