/** Lets one log grow and measures at each size what an entry, a start and the log in memory cost: none of it may grow along. */

import path from 'node:path';
import { parseArgs } from 'node:util';
import { type Child, startChild } from './child.ts';
import { pinThisProcess } from './pinning.ts';
import { table } from './report.ts';
import type { RecordResult } from './servers/log.ts';
import { spreadOf } from './statistics.ts';
import { makeTemporaryFolder } from './temporary-folder.ts';

const usage =
  'node bench/growth.ts [--sizes 10000,1000000,10000000] [--rounds 5] [--data FOLDER]; about 9 GB at 10 million';

const measuredEntries = 20_000;
const inFlight = 64;
const growInFlight = 4096;

const { values } = parseArgs({
  options: {
    sizes: { type: 'string', default: '10000,1000000,10000000' },
    rounds: { type: 'string', default: '5' },
    data: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) console.log(usage);
else await bench(values.sizes.split(',').map(Number), Number(values.rounds), values.data);

async function bench(sizes: readonly number[], rounds: number, data: string | undefined): Promise<void> {
  const { serverCore } = pinThisProcess();
  await using stack = new AsyncDisposableStack();
  const folder = path.join(await makeTemporaryFolder(stack, data), 'log');
  const start = (): Child =>
    startChild({
      name: 'log',
      module: new URL('servers/log.ts', import.meta.url),
      core: serverCore,
      nodeArguments: ['--expose-gc'],
    });
  const rows: string[][] = [];
  for (const size of sizes) {
    await grow(start, folder, size);
    const [opens, memories, costs, rates] = [[], [], [], []] as number[][] as [number[], number[], number[], number[]];
    for (let round = 0; round < rounds; round += 1) {
      await using log = start();
      opens.push(await log.ask<number>('open', folder));
      memories.push((await log.ask<number>('memory')) / 2 ** 20);
      await log.ask('record', { entries: measuredEntries, inFlight });
      const { seconds, cpuMicros } = await log.ask<RecordResult>('record', { entries: measuredEntries, inFlight });
      costs.push(cpuMicros / measuredEntries);
      rates.push(measuredEntries / seconds);
    }
    rows.push([size.toLocaleString('en'), text(opens, 1), text(memories, 0), text(costs, 1), text(rates, 0)]);
    console.log(`measured at ${size} entries`);
  }
  console.log(`\n${table(['entries', 'start ms', 'memory MiB', 'CPU µs/entry', 'entries/s'], rows)}`);
}

async function grow(start: () => Child, folder: string, size: number): Promise<void> {
  await using log = start();
  await log.ask('open', folder);
  const entries = size - (await log.ask<number>('size'));
  if (entries > 0) await log.ask('record', { entries, inFlight: growInFlight });
}

function text(values: readonly number[], digits: number): string {
  const { median, min, max } = spreadOf(values);
  return `${median.toFixed(digits)} (${min.toFixed(digits)}–${max.toFixed(digits)})`;
}
