/** Measures how much later answers come because they are recorded: the same requests a second with and without, below what the gateway can do, beside the time of a commit. */

import { parseArgs } from 'node:util';
import { parseArguments } from './arguments.ts';
import { pinThisProcess } from './pinning.ts';
import { table } from './report.ts';
import { medianCommitMs } from './sources.ts';
import { openStage } from './stage.ts';
import { spreadOf } from './statistics.ts';
import { makeTemporaryFolder } from './temporary-folder.ts';

const usage = 'node bench/latency.ts [--rounds 5] [--seconds 5] [--share 0.7] [--data FOLDER]';
const recorded = 'cache-hit';
const unrecorded = 'cache-hit-unrecorded';
const warmupSeconds = 3;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '5' },
    // Of the requests a second that the recording gateway answers at most.
    share: { type: 'string', default: '0.7' },
    data: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) console.log(usage);
else await bench(Number(values.rounds), Number(values.seconds), Number(values.share));

async function bench(rounds: number, seconds: number, share: number): Promise<void> {
  const { serverCore } = pinThisProcess();
  await using stack = new AsyncDisposableStack();
  const folder = await makeTemporaryFolder(stack, values.data);
  const options = parseArguments(['--only', `${recorded},${unrecorded}`]);
  const stage = await openStage(stack, { options, serverCore, folder, signal: new AbortController().signal });
  for (const name of [unrecorded, recorded] as const) await stage.load(name, warmupSeconds);
  const { requestsPerSecond: most } = await stage.load(recorded, warmupSeconds);
  const rate = Math.floor(most * share);
  const rows: string[][] = [];
  const added: number[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    // There and back again: what grows or tires in the course of a round favours nobody.
    const order = round % 2 === 1 ? ([unrecorded, recorded] as const) : ([recorded, unrecorded] as const);
    const before = await stage.metrics(recorded);
    const results = new Map<string, { p50Ms: number; p99Ms: number }>();
    for (const name of order) results.set(name, await stage.load(name, seconds, rate));
    const commitMs = medianCommitMs(before, await stage.metrics(recorded));
    const [without, withLog] = [results.get(unrecorded), results.get(recorded)];
    if (without === undefined || withLog === undefined) throw new Error('a scenario is missing');
    added.push(withLog.p99Ms - without.p99Ms);
    rows.push(
      [withLog.p50Ms, without.p50Ms, withLog.p99Ms, without.p99Ms, withLog.p99Ms - without.p99Ms, commitMs].map(
        (value) => value.toFixed(2),
      ),
    );
  }
  console.log(`${rate} requests a second, ${share} of ${most.toFixed(0)}; milliseconds from when a request was due\n`);
  console.log(
    table(['p50, recorded', 'p50, not', 'p99, recorded', 'p99, not', 'p99 added', 'median commit, at most'], rows),
  );
  const { median, min, max } = spreadOf(added);
  console.log(`\np99 added: ${median.toFixed(2)} ms (${min.toFixed(2)} to ${max.toFixed(2)})`);
}
