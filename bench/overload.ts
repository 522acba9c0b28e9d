/** Measures what is left of the gateway under three times the load that it can take: right answers a second, and how long they take. */

import { parseArgs } from 'node:util';
import { parseArguments } from './arguments.ts';
import { pinThisProcess } from './pinning.ts';
import { table } from './report.ts';
import type { ScenarioName } from './scenarios.ts';
import { openStage } from './stage.ts';
import { makeTemporaryFolder } from './temporary-folder.ts';

const usage = 'node bench/overload.ts [--rounds 3] [--seconds 5] [--times 3] [--only miss,cache-hit] [--data FOLDER]';
const warmupSeconds = 3;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '5' },
    /** Of the most that the gateway answers, how many times as much is sent. */
    times: { type: 'string', default: '3' },
    only: { type: 'string', default: 'miss,cache-hit' },
    profile: { type: 'string' },
    data: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) console.log(usage);
else await bench(Number(values.rounds), Number(values.seconds), Number(values.times));

async function bench(rounds: number, seconds: number, times: number): Promise<void> {
  const { serverCore } = pinThisProcess();
  await using stack = new AsyncDisposableStack();
  const folder = await makeTemporaryFolder(stack, values.data);
  const profile = values.profile === undefined ? [] : ['--profile', values.profile];
  const options = parseArguments(['--only', values.only, ...profile]);
  const stage = await openStage(stack, { options, serverCore, folder, signal: new AbortController().signal });
  const rows: string[][] = [];
  for (const name of options.scenarios) await stage.load(name, warmupSeconds);
  for (let round = 1; round <= rounds; round += 1) {
    for (const name of options.scenarios) rows.push(await measure(name));
  }
  const heads = ['scenario', 'at most/s', 'p99 ms', 'offered/s', 'sent/s', 'served/s', 'of the most', 'served p50 ms'];
  console.log(table([...heads, 'served p99 ms', 'times', 'turned away/s', 'p99 ms', 'load busy %'], rows));

  /** The most in the same round, for the machine may have other work in the next. */
  async function measure(name: ScenarioName): Promise<string[]> {
    const most = await stage.load(name, seconds);
    const flood = await stage.flood(name, seconds, Math.floor(most.requestsPerSecond * times));
    return [
      name,
      most.requestsPerSecond.toFixed(0),
      most.p99Ms.toFixed(1),
      ...[flood.offeredPerSecond, flood.sentPerSecond, flood.servedPerSecond].map((value) => value.toFixed(0)),
      (flood.servedPerSecond / most.requestsPerSecond).toFixed(2),
      flood.servedP50Ms.toFixed(1),
      flood.servedP99Ms.toFixed(1),
      (flood.servedP99Ms / most.p99Ms).toFixed(1),
      flood.turnedAwayPerSecond.toFixed(0),
      flood.turnedAwayP99Ms.toFixed(1),
      flood.generatorBusyPercent.toFixed(0),
    ];
  }
}
