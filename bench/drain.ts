/** Measures a long queue that drains after an outage: how fast, in which order, with how much memory, and what queries feel of it. */

import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { samplePopulation } from '../adapters/sample-people/index.ts';
import type { Options, Values } from './arguments.ts';
import { type Child, startChild } from './child.ts';
import { type Place, runCommand } from './command.ts';
import { fillQueue, misplaced, type Outage, openOutage } from './drain-queue.ts';
import type { LoadPlan, LoadResult } from './generate-load.ts';
import { pushService } from './push-messages.ts';
import { openPushServer, type PushServer } from './push-server.ts';
import { openRegistry } from './registry.ts';
import { table } from './report.ts';
import type { Memory } from './servers/serve.ts';

const options = {
  quick: { type: 'flag', help: '5,000 records' },
  records: { type: 'number', min: 64, max: 1_000_000, whole: true, help: '100,000 if absent' },
  rate: { type: 'number', default: 200, min: 1, max: 100_000, help: 'queries a second meanwhile' },
  profile: { type: 'text', help: "folder for the gateway's CPU profile" },
} as const satisfies Options;

const queriedService = 'VN/GOV/G01/population/verify-identity';
const queryConnections = 32;
/** Of queries alone, before (the first time to warm up) and after; and of queries beside the drain. */
const calmSeconds = 10;
const besideSecondsMax = 60;
/** What it drains at least: queries are not to go on alone behind a short queue. */
const drainedPerSecond = 250;
const drainMsMax = 1_200_000;
const lookMs = 500;
const questionsMax = 3200;

async function bench(values: Values<typeof options>, { stack, folder, serverCore: core }: Place): Promise<void> {
  const { rate } = values;
  const records = values.records ?? (values.quick ? 5_000 : 100_000);
  const registry = stack.use(await openRegistry(path.join(folder, 'postgres')));
  const generator = stack.use(startChild({ name: 'load generator', module: new URL('load.ts', import.meta.url) }));
  const stateUrl = await registry.database('state');
  const own = {
    services: [pushService, queriedService],
    stateUrl,
    registryUrl: registry.url,
    profileFolder: values.profile,
  };
  const gateway = await openPushServer(stack, { name: 'gateway', folder: path.join(folder, 'gateway'), core, ...own });
  const outage = await openOutage(stack, registry, gateway);

  await query(generator, gateway, rate, calmSeconds);
  const before = await query(generator, gateway, rate, calmSeconds);
  console.log(`${records} records come while their registry is away …`);
  await outage.begin();
  const { perSecond } = await fillQueue(gateway, records);
  const queued = await outage.queued();
  console.log(`${perSecond.toFixed(0)} a second were accepted; ${queued} wait.`);
  const memoryBefore = await gateway.child.ask<Memory>('memory');
  await outage.end();
  const startMs = performance.now();
  const peak = peakUntilEmpty(gateway, outage);
  const beside = await query(generator, gateway, rate, Math.min(besideSecondsMax, records / drainedPerSecond));
  const besidePerSecond = ((queued - (await outage.queued())) / (performance.now() - startMs)) * 1000;
  const besidePeak = await peak;
  const seconds = (performance.now() - startMs) / 1000;
  const wrong = await misplaced(registry.url, await outage.delivered());
  const after = await query(generator, gateway, rate, calmSeconds);
  const rows = [
    row('queries alone, before', before),
    row('queries beside the drain', beside),
    row('queries alone, after', after),
  ];
  const alone = (before.p99Ms + after.p99Ms) / 2;
  const text = [
    table(['', 'queries/s', 'p50 ms', 'p99 ms'], rows),
    `p99 beside to alone: ${(beside.p99Ms / alone).toFixed(2)}`,
    `drained in ${seconds.toFixed(0)} s: ${(queued / seconds).toFixed(0)} a second; beside queries ${besidePerSecond.toFixed(0)}`,
    `order and number: ${wrong} wrong`,
    `memory: ${mebibytes(memoryBefore.residentBytes)} before, ${mebibytes(besidePeak)} at most while draining`,
  ];
  console.log(`\n${text.join('\n\n')}`);
  if (wrong > 0) throw new Error('records took effect in another order or number than they were accepted in');
}

/** Of the same people in turn, at that rate however long answers take. */
async function query(generator: Child, { url, headers }: PushServer, rate: number, seconds: number) {
  const plan: LoadPlan = {
    url: `${url}/r1/${queriedService}/v1`,
    headers,
    bodies: questions(),
    answerStart: '{"found":true',
    connections: queryConnections,
    seconds,
    rate,
  };
  return generator.ask<LoadResult>('run', plan);
}

function questions(): string[] {
  const { people } = samplePopulation();
  return people
    .slice(0, questionsMax)
    .map(({ pin, fullName, dateOfBirth }) => JSON.stringify({ pin, fullName, dateOfBirth }));
}

/** Largest resident memory, bytes, looked at until nothing waits. */
async function peakUntilEmpty({ child }: PushServer, outage: Outage): Promise<number> {
  let peak = 0;
  for (const startMs = performance.now(); (await outage.queued()) > 0; ) {
    if (performance.now() - startMs > drainMsMax) throw new Error(`${await outage.queued()} records still wait`);
    peak = Math.max(peak, (await child.ask<Memory>('memory')).residentBytes);
    await sleep(lookMs);
  }
  return peak;
}

function row(title: string, { requestsPerSecond, p50Ms, p99Ms }: LoadResult): string[] {
  return [title, requestsPerSecond.toFixed(0), p50Ms.toFixed(1), p99Ms.toFixed(1)];
}

const mebibytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(0)} MiB`;

await runCommand({ name: 'npx node bench/drain.ts', options }, (values) => values, bench);
