/** Measures how fast pushes are taken over durably, against nothing but inserting the same rows: see README.md. */

import path from 'node:path';
import { parseArgs } from 'node:util';
import { openState } from '../src/state/open-state.ts';
import { type Child, startChild } from './child.ts';
import { pinThisProcess } from './pinning.ts';
import { pushService } from './push-messages.ts';
import { openPushServer, type PushLoad, type PushServer } from './push-server.ts';
import { openRegistry } from './registry.ts';
import { table } from './report.ts';
import type { RawOpen, RawResult, RawRun } from './servers/raw-rows.ts';
import { spreadOf } from './statistics.ts';
import { makeTemporaryFolder } from './temporary-folder.ts';

const usage = `node bench/push.ts [--quick] [--repeats 5] [--seconds 6] [--connections 64] [--profile FOLDER] [--data FOLDER]
  --quick    2 rounds of 3 s
  --profile  the gateways' CPU profiles
  --data     where the temporary folder is made, if not beside the benchmark`;

interface PushOptions {
  readonly repeats: number;
  readonly seconds: number;
  readonly connections: number;
  readonly profileFolder: string | undefined;
  readonly dataFolder: string | undefined;
}

interface Round {
  readonly kept: PushLoad;
  readonly raw: RawResult;
}

/** Nobody listens there: what is accepted waits. */
const awayUrl = 'postgres://nobody@127.0.0.1:1/nothing';
/** Batches of the gateway that are under way at once. */
const batchesInFlight = 1;
const stateLimits = {
  ...{ poolMax: 1, waitingMax: 64, connectTimeoutMs: 5000, statementTimeoutMs: 60_000 },
  ...{ longStatementTimeoutMs: 60_000, retryMs: 500, retryMsMax: 30_000 },
};

async function bench(options: PushOptions): Promise<void> {
  const { serverCore: core, unpinned } = pinThisProcess();
  if (unpinned !== undefined) console.log(`Nothing is pinned to a core: ${unpinned}.`);
  await using stack = new AsyncDisposableStack();
  const folder = await makeTemporaryFolder(stack, options.dataFolder);
  const registry = stack.use(await openRegistry(path.join(folder, 'postgres')));
  const generator = stack.use(startChild({ name: 'load generator', module: new URL('load.ts', import.meta.url) }));
  const raw = stack.use(
    startChild({ name: 'raw rows', module: new URL('servers/raw-rows.ts', import.meta.url), core }),
  );
  const open = async (name: string, registryUrl: string) => {
    const stateUrl = await registry.database(name);
    const own = { services: [pushService], stateUrl, registryUrl, profileFolder: options.profileFolder };
    return openPushServer(stack, { name, folder, core, ...own });
  };
  const kept = await open('kept', awayUrl);
  await kept.load(generator, options.connections, options.seconds / 2);
  const toUrl = await registry.database('raw');
  await (await openState({ url: toUrl }, stateLimits)).close();
  await raw.ask('open', { fromUrl: kept.stateUrl, toUrl } satisfies RawOpen);

  const rounds: Round[] = [];
  for (let round = 0; round < options.repeats; round += 1) {
    rounds.push(await measure(kept, generator, raw, round, options));
    console.log(roundText(rounds.at(-1) as Round));
  }
  const beside = await open('beside', registry.url);
  const besides: PushLoad[] = [];
  for (let round = 0; round < Math.min(3, options.repeats); round += 1) {
    besides.push(await beside.load(generator, options.connections, options.seconds));
  }
  console.log(`\n${report(rounds, besides)}`);
}

/** Every second round backwards; the batches of the raw rows are those that the gateway has just made. */
async function measure(
  kept: PushServer,
  generator: Child,
  raw: Child,
  round: number,
  { connections, seconds }: PushOptions,
): Promise<Round> {
  const rawRows = (batchRows: number) =>
    raw.ask<RawResult>('run', { seconds, batchRows, inFlight: batchesInFlight } satisfies RawRun);
  if (round % 2 === 0) {
    const load = await kept.load(generator, connections, seconds);
    return { kept: load, raw: await rawRows(Math.round(load.batchRows)) };
  }
  const { batchRows } = await kept.load(generator, connections, 1);
  const result = await rawRows(Math.round(batchRows));
  return { kept: await kept.load(generator, connections, seconds), raw: result };
}

function roundText({ kept, raw }: Round): string {
  const batch = `${kept.batchRows.toFixed(1)} a transaction`;
  return `${kept.requestsPerSecond.toFixed(0)} pushes/s, ${batch}; raw ${raw.rowsPerSecond.toFixed(0)} rows/s`;
}

function report(rounds: readonly Round[], besides: readonly PushLoad[]): string {
  const text = (values: readonly number[], digits: number) => {
    const { median, min, max } = spreadOf(values);
    return `${median.toFixed(digits)} (${min.toFixed(digits)}–${max.toFixed(digits)})`;
  };
  const row = (title: string, loads: readonly PushLoad[]) => [
    title,
    text(
      loads.map(({ requestsPerSecond }) => requestsPerSecond),
      0,
    ),
    text(
      loads.map(({ p50Ms }) => p50Ms),
      1,
    ),
    text(
      loads.map(({ p99Ms }) => p99Ms),
      1,
    ),
    text(
      loads.map(({ cpuMicrosPerPush }) => cpuMicrosPerPush),
      0,
    ),
    text(
      loads.map(({ postgresMicrosPerPush }) => postgresMicrosPerPush),
      0,
    ),
    text(
      loads.map(({ batchRows }) => batchRows),
      1,
    ),
    text(
      loads.map(({ deliveredPerSecond }) => deliveredPerSecond),
      0,
    ),
  ];
  const raw = rounds.map(({ raw: { rowsPerSecond } }) => rowsPerSecond);
  const rawCpu = rounds.map(({ raw: { cpuMicrosPerRow } }) => cpuMicrosPerRow);
  const rawPostgres = rounds.map(({ raw: { postgresMicrosPerRow } }) => postgresMicrosPerRow);
  const head = [
    '',
    'a second',
    'p50 ms',
    'p99 ms',
    'CPU µs each',
    'PostgreSQL µs',
    'a transaction',
    'delivered/s meanwhile',
  ];
  return [
    table(head, [
      row(
        'accepted, drained afterwards',
        rounds.map(({ kept }) => kept),
      ),
      row('accepted, drained beside', besides),
      ['raw rows', text(raw, 0), '', '', text(rawCpu, 0), text(rawPostgres, 0), '', ''],
    ]),
    `accepted to raw: ${text(
      rounds.map(({ kept, raw: { rowsPerSecond } }) => kept.requestsPerSecond / rowsPerSecond),
      2,
    )}`,
  ].join('\n\n');
}

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    repeats: { type: 'string' },
    seconds: { type: 'string' },
    connections: { type: 'string', default: '64' },
    profile: { type: 'string' },
    data: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(usage);
} else {
  await bench({
    repeats: Number(values.repeats ?? (values.quick ? 2 : 5)),
    seconds: Number(values.seconds ?? (values.quick ? 3 : 6)),
    connections: Number(values.connections),
    profileFolder: values.profile,
    dataFolder: values.data,
  });
}
