/** Measures one process against several on this machine: cache hits a second, and what each costs in CPU time, all processes of the gateway together. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { openKeys } from '../src/embedded/keys.ts';
import { issueToken } from '../src/identity/tokens.ts';
import { findProjectRoot } from '../src/project-root.ts';
import type { Options, Values } from './arguments.ts';
import { calls, pinsOf } from './calls.ts';
import { type Place, runCommand } from './command.ts';
import { copyConfiguration } from './configuration.ts';
import { generateLoad } from './generate-load.ts';
import { cpuMicrosOfTree } from './process-cpu.ts';
import { spreadText, table } from './report.ts';
import { spreadOf } from './statistics.ts';

const options = {
  workers: { type: 'numbers', default: [1, 2], min: 1, max: 256, whole: true, help: 'processes that serve, in turn' },
  seconds: { type: 'number', default: 5, min: 0.1, max: 120, help: 'of each measurement' },
  rounds: { type: 'number', default: 3, min: 1, max: 100, whole: true, help: 'in which each is measured once' },
  connections: { type: 'number', default: 64, min: 1, max: 256, whole: true, help: 'each with one request under way' },
} as const satisfies Options;

const { client, service, path: requestPath, answerStart, body } = calls.person;
const warmupSeconds = 2;

interface Round {
  readonly requestsPerSecond: number;
  readonly p99Ms: number;
  readonly cpuMicros: number;
}

async function bench(values: Values<typeof options>, { folder }: Place): Promise<void> {
  const { workers: counts } = values;
  const config = path.join(folder, 'config');
  const root = findProjectRoot();
  const unlimited = { cacheEntriesMax: 1000, databaseConnections: 8, services: [service] };
  await copyConfiguration(path.join(root, 'config'), config, unlimited);
  await writeFile(path.join(config, 'registries.yaml'), 'registries: [{ adapter: population, source: embedded }]\n');
  const rounds = new Map(counts.map((count): [number, Round[]] => [count, []]));
  for (let round = 0; round < values.rounds; round += 1) {
    for (const count of counts) {
      rounds.get(count)?.push(await measure(root, config, path.join(folder, 'data'), count, values));
      console.log(`measured ${count} in round ${round + 1}`);
    }
  }
  const rows = [...rounds].map(([count, of]) => [
    String(count),
    spread(of, ({ requestsPerSecond }) => requestsPerSecond),
    spread(of, ({ p99Ms }) => p99Ms),
    spread(of, ({ cpuMicros }) => cpuMicros),
  ]);
  console.log(`\n${table(['processes', 'requests/s', 'p99 ms', 'CPU µs/request'], rows)}`);
}

async function measure(
  root: string,
  config: string,
  data: string,
  count: number,
  { connections, seconds }: Pick<Values<typeof options>, 'connections' | 'seconds'>,
): Promise<Round> {
  const given = ['--config', config, '--data', data, '--port', '0', '--workers', String(count)];
  const child = spawn(process.execPath, [path.join(root, 'src/main.ts'), 'serve', ...given], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const url = await servingUrl(child);
    const key = await openKeys(path.join(data, 'keys')).signingKey('token-signing');
    const asked = { id: client, role: 'client', audience: 'lienthong', lifetimeSeconds: 600 } as const;
    const token = await issueToken({ ...key }, asked, Date.now());
    const plan = {
      url: `${url}${requestPath}`,
      headers: { authorization: `Bearer ${token}`, 'x-road-client': client, 'content-type': 'application/json' },
      bodies: pinsOf('one').map(body),
      answerStart,
      connections,
    };
    await generateLoad({ ...plan, seconds: warmupSeconds });
    const before = cpuMicrosOf(child);
    const { requests, requestsPerSecond, p99Ms } = await generateLoad({ ...plan, seconds });
    return { requestsPerSecond, p99Ms, cpuMicros: (cpuMicrosOf(child) - before) / requests };
  } finally {
    const exit = once(child, 'exit');
    child.kill('SIGTERM');
    await exit;
  }
}

async function servingUrl(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('the gateway has no output');
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.includes('"serving"')) continue;
    child.stdout.resume();
    return (JSON.parse(line) as { url: string }).url;
  }
  throw new Error('the gateway ended before it served');
}

/** Of the gateway's processes, its registries' among them. */
function cpuMicrosOf({ pid = 0 }: ChildProcess): number {
  return cpuMicrosOfTree(pid);
}

function spread(rounds: readonly Round[], figure: (round: Round) => number): string {
  return spreadText(spreadOf(rounds.map(figure)), 0);
}

await runCommand({ name: 'npx node bench/workers.ts', options, usesEveryCore: true }, (values) => values, bench);
