/** Measures what a line of a bulk request costs beside a request of its own, and whether memory stays the same over very many lines. */

import path from 'node:path';
import { parseArgs } from 'node:util';
import { castPins, samplePopulation } from '../adapters/sample-people/index.ts';
import { sendBulkRequest } from './bulk-request.ts';
import { type Child, startChild } from './child.ts';
import type { LoadPlan, LoadResult } from './generate-load.ts';
import { pinThisProcess } from './pinning.ts';
import { openRegistry } from './registry.ts';
import type { BulkServerOpened, BulkServerSetup, BulkServerUse } from './servers/bulk.ts';
import { spreadOf } from './statistics.ts';
import { makeTemporaryFolder } from './temporary-folder.ts';

const usage = `node bench/bulk.ts [--rounds 5] [--seconds 4] [--lines 1000] [--pushes 100000] [--data FOLDER]
  --lines    of each bulk query
  --pushes   lines of the one bulk push; 0 leaves it out`;

interface Place {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

const [query, asker] = ['VN/GOV/G01/population/get-person', 'VN/GOV/G07/social-protection'];
const [push, sender] = ['VN/GOV/G01/population/report-residence-change', 'VN/GOV/H26/one-stop'];
const connections = 64;
/** Points of the curve. */
const looks = 10;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '4' },
    lines: { type: 'string', default: '1000' },
    pushes: { type: 'string', default: '100000' },
    data: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
async function bench(): Promise<void> {
  const { serverCore: core, unpinned } = pinThisProcess();
  if (unpinned !== undefined) console.log(`Nothing is pinned to a core: ${unpinned}.`);
  await using stack = new AsyncDisposableStack();
  const folder = await makeTemporaryFolder(stack, values.data);
  const registry = stack.use(await openRegistry(path.join(folder, 'postgres')));
  const server = stack.use(startChild({ name: 'gateway', module: new URL('servers/bulk.ts', import.meta.url), core }));
  const generator = stack.use(startChild({ name: 'load generator', module: new URL('load.ts', import.meta.url) }));
  const { url, tokens } = await server.ask<BulkServerOpened>('open', {
    folder: path.join(folder, 'gateway'),
    registryUrl: registry.url,
    stateUrl: await registry.database('state'),
    services: [query, push],
    clients: [asker, sender],
  } satisfies BulkServerSetup);
  const place = (service: string, client: string): Place => ({
    url: `${url}/r1/${service}/v1`,
    headers: { authorization: `Bearer ${tokens[client]}`, 'x-road-client': client },
  });
  await compareQueries(server, generator, place(query, asker));
  if (Number(values.pushes) > 0) await sendPushes(server, place(push, sender), Number(values.pushes));
}

/** All from the cache, in turn: requests of their own, and lines of bulk requests one after the other. */
async function compareQueries(server: Child, generator: Child, place: Place): Promise<void> {
  const seconds = Number(values.seconds);
  const body = JSON.stringify({ pin: castPins.hoa });
  const alone = async (): Promise<Cost> => {
    const plan = { ...place, headers: { ...place.headers, 'content-type': 'application/json' }, bodies: [body] };
    const load = { ...plan, answerStart: '{"found":true', connections, seconds } satisfies LoadPlan;
    return costOf(server, async () => {
      const { requests, seconds: took } = await generator.ask<LoadResult>('run', load);
      return { messages: requests, seconds: took };
    });
  };
  const line = (number: number) => `{"id":"bench-${number}","message":${body}}`;
  const together = () =>
    costOf(server, async () => {
      const startMs = performance.now();
      let messages = 0;
      for (const endMs = startMs + seconds * 1000; performance.now() < endMs; messages += Number(values.lines)) {
        await sendBulkRequest({ ...place, lines: Number(values.lines), line, status: 200 });
      }
      return { messages, seconds: (performance.now() - startMs) / 1000 };
    });
  await alone();
  await together();
  const rounds: { readonly alone: Cost; readonly together: Cost }[] = [];
  for (let round = 0; round < Number(values.rounds); round += 1) {
    const costs = { alone: await alone(), together: await together() };
    rounds.push(costs);
  }
  const text = (read: (round: (typeof rounds)[number]) => number, digits: number) => spread(rounds.map(read), digits);
  console.log(`| cache hits | messages/s | CPU µs/message |\n|---|---|---|`);
  console.log(
    `| alone, ${connections} connections | ${text((one) => one.alone.perSecond, 0)} | ${text((one) => one.alone.cpuMicros, 0)} |`,
  );
  console.log(
    `| ${values.lines} lines a request, one at a time | ${text((one) => one.together.perSecond, 0)} | ${text((one) => one.together.cpuMicros, 0)} |`,
  );
  const [faster, cheaper] = [
    text((one) => one.together.perSecond / one.alone.perSecond, 2),
    text((one) => one.alone.cpuMicros / one.together.cpuMicros, 2),
  ];
  console.log(`| times faster, times cheaper | ${faster} | ${cheaper} |\n`);
}

/** Deliveries go on beside them, as they do. */
async function sendPushes(server: Child, place: Place, lines: number): Promise<void> {
  const living = samplePopulation().people.filter(({ death }) => death === undefined);
  const headers = { ...place.headers, 'x-road-userid': 'bench-official' };
  await untilOpen({ ...place, headers });
  const line = (number: number) => {
    const message = residenceChange(living[number % living.length]?.pin ?? '', `số ${number}`);
    return `{"id":"bench-${number}","message":${message}}`;
  };
  console.log('| pushes accepted | pushes/s since the line before | CPU µs/push | heap MiB | resident MiB |');
  console.log('|---|---|---|---|---|');
  let before = { results: 0, atMs: performance.now(), use: await server.ask<BulkServerUse>('use') };
  let looking = Promise.resolve();
  const look = async (results: number) => {
    const atMs = performance.now();
    const use = await server.ask<BulkServerUse>('use');
    const done = results - before.results;
    const perSecond = (done * 1000) / (atMs - before.atMs);
    const cpuMicros = (use.cpuMicros - before.use.cpuMicros) / done;
    const memory = `${use.heapMiB.toFixed(0)} | ${use.residentMiB.toFixed(0)}`;
    console.log(`| ${results} | ${perSecond.toFixed(0)} | ${cpuMicros.toFixed(0)} | ${memory} |`);
    before = { results, atMs, use };
  };
  let next = lines / looks;
  const onResults = (results: number) => {
    if (results < next) return;
    next += lines / looks;
    looking = looking.then(() => look(results));
  };
  const seconds = await sendBulkRequest({ ...place, headers, lines, line, status: 202, onResults });
  await looking;
  console.log(`\n${lines} pushes in ${seconds.toFixed(1)} s: ${(lines / seconds).toFixed(0)} a second`);
}

interface Cost {
  readonly perSecond: number;
  readonly cpuMicros: number;
}

async function costOf(
  server: Child,
  run: () => Promise<{ readonly messages: number; readonly seconds: number }>,
): Promise<Cost> {
  const before = await server.ask<BulkServerUse>('use');
  const { messages, seconds } = await run();
  const after = await server.ask<BulkServerUse>('use');
  return { perSecond: messages / seconds, cpuMicros: (after.cpuMicros - before.cpuMicros) / messages };
}

function spread(numbers: readonly number[], digits: number): string {
  const { median, min, max } = spreadOf(numbers);
  return `${median.toFixed(digits)} (${min.toFixed(digits)}–${max.toFixed(digits)})`;
}

function residenceChange(pin: string, line: string): string {
  const commune = { code: '00082', name: 'Phường Cửa Nam' };
  const address = { line, commune, province: { code: '01', name: 'Thành phố Hà Nội' }, asOf: '2026-11-01' };
  const residence = { address, since: '2026-11-01', authority: 'Công an phường Cửa Nam' };
  return JSON.stringify({ pin, kind: 'temporary', residence });
}

const openTriesMax = 300;
const openPauseMs = 100;

/** Pushes are taken a moment after the start. */
async function untilOpen({ url, headers }: Place): Promise<void> {
  const message = residenceChange(castPins.hoa, 'số 0');
  for (let tries = 0; tries < openTriesMax; tries += 1) {
    const all = { ...headers, 'content-type': 'application/json', 'x-road-id': 'bench-first' };
    const { status } = await fetch(url, { method: 'POST', headers: all, body: message });
    if (status === 202) return;
    await new Promise((resolve) => setTimeout(resolve, openPauseMs));
  }
  throw new Error('the gateway takes no pushes');
}

if (values.help) console.log(usage);
else await bench();
