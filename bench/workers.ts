/** Measures one process against several on this machine: cache hits a second, and what each costs in CPU time, all processes of the gateway together. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { openKeys } from '../src/embedded/keys.ts';
import { issueToken } from '../src/identity/tokens.ts';
import { findProjectRoot } from '../src/project-root.ts';
import { copyConfiguration } from './configuration.ts';
import { generateLoad } from './generate-load.ts';
import { table } from './report.ts';
import { spreadOf } from './statistics.ts';
import { makeTemporaryFolder } from './temporary-folder.ts';

const usage = 'node bench/workers.ts [--workers 1,2] [--seconds 5] [--rounds 3] [--connections 64] [--data FOLDER]';
const client = 'VN/GOV/G07/social-protection';
const service = 'VN/GOV/G01/population/get-person';
/** Of the fields that /proc/PID/stat counts CPU time in. */
const tickMs = 10;

interface Round {
  readonly requestsPerSecond: number;
  readonly p99Ms: number;
  readonly cpuMicros: number;
}

const { values } = parseArgs({
  options: {
    workers: { type: 'string', default: '1,2' },
    seconds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '3' },
    connections: { type: 'string', default: '64' },
    data: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) console.log(usage);
else await bench(values.workers.split(',').map(Number));

async function bench(counts: readonly number[]): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const folder = await makeTemporaryFolder(stack, values.data);
  const config = path.join(folder, 'config');
  const root = findProjectRoot();
  const unlimited = { cacheEntriesMax: 1000, databaseConnections: 8, services: [service] };
  await copyConfiguration(path.join(root, 'config'), config, unlimited);
  await writeFile(path.join(config, 'registries.yaml'), 'registries: [{ adapter: population, source: embedded }]\n');
  const rounds = new Map(counts.map((count): [number, Round[]] => [count, []]));
  for (let round = 0; round < Number(values.rounds); round += 1) {
    for (const count of counts) {
      rounds.get(count)?.push(await measure(root, config, path.join(folder, 'data'), count));
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

async function measure(root: string, config: string, data: string, count: number): Promise<Round> {
  const options = ['--config', config, '--data', data, '--port', '0', '--workers', String(count)];
  const child = spawn(process.execPath, [path.join(root, 'src/main.ts'), 'serve', ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const url = await servingUrl(child);
    const key = await openKeys(path.join(data, 'keys')).signingKey('token-signing');
    const asked = { id: client, role: 'client', audience: 'lienthong', lifetimeSeconds: 600 } as const;
    const token = await issueToken({ ...key }, asked, Date.now());
    const plan = {
      url: `${url}/r1/${service}/v1`,
      headers: { authorization: `Bearer ${token}`, 'x-road-client': client, 'content-type': 'application/json' },
      bodies: ['{"pin":"099190000001"}'],
      answerStart: '{"found":true',
      connections: Number(values.connections),
    };
    await generateLoad({ ...plan, seconds: 2 });
    const beforeMs = await cpuMsOf(child);
    const { requests, requestsPerSecond, p99Ms } = await generateLoad({ ...plan, seconds: Number(values.seconds) });
    return { requestsPerSecond, p99Ms, cpuMicros: (((await cpuMsOf(child)) - beforeMs) * 1000) / requests };
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

/** Of the gateway's Node processes. */
async function cpuMsOf({ pid }: ChildProcess): Promise<number> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  const times = await Promise.all([String(pid), ...children.trim().split(/\s+/)].map(cpuMsOfProcess));
  return times.reduce((sum, one) => sum + one, 0);
}

/** proc(5): user and system time are the fields 14 and 15, the name in brackets is the second. */
async function cpuMsOfProcess(pid: string): Promise<number> {
  const [stat, command] = await Promise.all(
    ['stat', 'cmdline'].map((name) => readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => '')),
  );
  if (stat === undefined || command?.includes('main.ts') !== true) return 0;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * tickMs;
}

function spread(rounds: readonly Round[], figure: (round: Round) => number): string {
  const { median, min, max } = spreadOf(rounds.map(figure));
  return `${Math.round(median)} (${Math.round(min)}–${Math.round(max)})`;
}
