/** Sends very many pushes in one request, and looks whether memory stays the same while they are delivered. */

import type { Options, Values } from './arguments.ts';
import { sendBulkRequest } from './bulk-request.ts';
import { type Place, runCommand } from './command.ts';
import { pushedPeople, pushPath, pushService, residencePush } from './push-messages.ts';
import { openPushServer } from './push-server.ts';
import { openRegistry } from './registry.ts';
import { table } from './report.ts';
import type { CpuMicros, Memory } from './servers/serve.ts';

const options = {
  pushes: { type: 'number', default: 100_000, min: 10, max: 1_000_000, whole: true, help: 'lines of the one request' },
  profile: { type: 'text', help: "folder for the gateway's CPU profile" },
} as const satisfies Options;

/** Points of the curve. */
const looks = 10;

async function bench({ pushes, profile }: Values<typeof options>, { stack, folder, serverCore }: Place): Promise<void> {
  const registry = stack.use(await openRegistry(`${folder}/postgres`));
  const stateUrl = await registry.database('state');
  const own = { services: [pushService], stateUrl, registryUrl: registry.url, profileFolder: profile };
  const place = { name: 'gateway', folder: `${folder}/gateway`, core: serverCore };
  const { child, url, headers } = await openPushServer(stack, { ...place, ...own });
  const people = pushedPeople();
  const line = (number: number) =>
    `{"id":"bench-${number}","message":${residencePush(people[number % people.length] ?? '', `số ${number}`)}}`;

  const rows: string[][] = [];
  const now = async (results: number) => ({
    results,
    atMs: performance.now(),
    cpuMicros: await child.ask<CpuMicros>('cpuTime'),
    memory: await child.ask<Memory>('memory'),
  });
  let before = await now(0);
  let looking = Promise.resolve();
  const look = async (results: number) => {
    const after = await now(results);
    const done = results - before.results;
    rows.push([
      String(results),
      ((done * 1000) / (after.atMs - before.atMs)).toFixed(0),
      ((after.cpuMicros - before.cpuMicros) / done).toFixed(0),
      mebibytes(after.memory.heapBytes),
      mebibytes(after.memory.residentBytes),
    ]);
    before = after;
  };
  let next = pushes / looks;
  const onResults = (results: number) => {
    if (results < next) return;
    next += pushes / looks;
    looking = looking.then(() => look(results));
  };
  const bulk = { url: `${url}${pushPath}`, headers, lines: pushes, line, status: 202, onResults };
  const seconds = await sendBulkRequest(bulk);
  await looking;
  console.log(table(['accepted', 'a second since then', 'CPU µs each', 'heap MiB', 'resident MiB'], rows));
  console.log(`\n${pushes} pushes in ${seconds.toFixed(1)} s: ${(pushes / seconds).toFixed(0)} a second`);
}

const mebibytes = (bytes: number) => (bytes / 2 ** 20).toFixed(0);

await runCommand({ name: 'npx node bench/bulk.ts', options }, (values) => values, bench);
