/** Puts a mixed load on a whole gateway for a long time and looks whether its memory stays what it is. */

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startLoad } from '../test/chaos/load.ts';
import { createChaosPlace } from '../test/chaos/place.ts';
import { createPushes } from '../test/chaos/pushes.ts';
import { prepareQuestions } from '../test/chaos/questions.ts';
import { outcomesOf } from '../test/chaos/tally.ts';
import { table } from './report.ts';

interface MemorySample {
  readonly atMs: number;
  readonly rss: number;
  readonly heapUsed: number;
  readonly external: number;
}

const usage = 'npx node bench/soak.ts [--minutes 30] [--rate 100]; what was sampled in the first third is warming up';
const sampleMs = 5000;
const rowsMax = 12;
const mebibyte = 2 ** 20;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    rate: { type: 'string', default: '100' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) console.log(usage);
else await soak(Number(values.minutes), Number(values.rate));

async function soak(minutes: number, perSecond: number): Promise<void> {
  if (!(minutes > 0 && perSecond > 0)) throw new Error(usage);
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(path.join(tmpdir(), 'lienthong-soak-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const file = path.join(folder, 'memory.ndjson');
  Object.assign(process.env, { SOAK_FILE: file, SOAK_INTERVAL_MS: String(sampleMs) });
  const t = { teardown: (action: () => Promise<void>) => stack.defer(action) };
  const preload = new URL('servers/sample-memory.ts', import.meta.url).href;
  const place = await createChaosPlace(t, {
    folder,
    quick: false,
    nodeArguments: ['--expose-gc', '--import', preload],
  });
  const questions = await prepareQuestions(place);
  await place.gateway.start();
  const load = startLoad({ place, questions, pushes: createPushes(), seed: 1, perSecond });
  await sleep(minutes * 60_000);
  await load.stop(60_000);
  const samples = (await readFile(file, 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as MemorySample);
  const outcomes = outcomesOf(load.samples).map(([outcome, count]) => `${count} ${outcome}`);
  const wrong = load.samples.filter((one) => one.wrong !== undefined).length;
  console.log(tableOf(samples));
  console.log(`\n${load.samples.length} requests (${outcomes.join(', ')}), ${wrong} wrong answers.`);
  const warm = samples.slice(Math.floor(samples.length / 3));
  for (const what of ['rss', 'heapUsed'] as const) {
    console.log(`${what}: ${slopeOf(warm, what).toFixed(1)} MiB an hour over the last two thirds`);
  }
}

/** Least squares, mebibytes an hour. */
function slopeOf(samples: readonly MemorySample[], what: 'rss' | 'heapUsed'): number {
  const mean = (numbers: readonly number[]) => numbers.reduce((sum, one) => sum + one, 0) / numbers.length;
  const hours = samples.map(({ atMs }) => atMs / 3_600_000);
  const sizes = samples.map((one) => one[what] / mebibyte);
  const [hour, size] = [mean(hours), mean(sizes)];
  const covariance = mean(hours.map((at, index) => (at - hour) * ((sizes[index] ?? 0) - size)));
  return covariance / mean(hours.map((at) => (at - hour) ** 2));
}

function tableOf(samples: readonly MemorySample[]): string {
  const step = Math.max(1, Math.ceil(samples.length / rowsMax));
  const rows = samples
    .filter((_one, at) => at % step === 0 || at === samples.length - 1)
    .map(({ atMs, rss, heapUsed, external }) => [
      (atMs / 60_000).toFixed(1),
      ...[rss, heapUsed, external].map((bytes) => (bytes / mebibyte).toFixed(1)),
    ]);
  return table(['minute', 'RSS MiB', 'heap MiB', 'external MiB'], rows);
}
