/** The file system fills up under a running gateway: every exchange is refused at once, and it is served again when there is room, without a restart by anybody. */

import { once } from 'node:events';
import { rm, statfs, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { eventually } from '../support/eventually.ts';
import { createPlace, type GatewayProcess, type Place, serve } from '../support/gateway-process.ts';
import { makeLoopDisk } from '../support/loop-disk.ts';
import { troubledSetup } from '../support/troubled.ts';
import { askOnce, endGateway, serveWorkers } from '../support/worker-process.ts';

t.setTimeout(600_000);

const fullMs = 15_000;
/** For a refusal, on a machine that is busy. */
const soonMs = 5_000;

interface Met {
  readonly status: number;
  readonly code: string | undefined;
  readonly tookMs: number;
}

/** Asks on one connection after the other; 0 where none was taken. */
async function ask(place: Place): Promise<Met> {
  const startedMs = performance.now();
  const { status, body } = await askOnce(place, undefined).catch(() => ({ status: 0, body: '{}' }));
  return { status, code: JSON.parse(body).code, tookMs: performance.now() - startedMs };
}

/** On a data folder of a full disk, which ends when the test does. */
async function onDisk(t: Test) {
  const disk = await makeLoopDisk(t, 160);
  const elsewhere = await createPlace(t, { ...troubledSetup, settings: { shutdown: { failedMs: 3_000 } } });
  const data = path.join(disk.folder, 'data');
  const place = { ...elsewhere, data, log: path.join(data, 'exchange-log') };
  const ballast = path.join(disk.folder, 'ballast');
  return {
    place,
    async fill() {
      const { bavail, bsize } = await statfs(disk.folder);
      await writeFile(ballast, Buffer.alloc(bavail * bsize)).catch(() => undefined);
    },
    room: () => rm(ballast),
  };
}

async function untilRefused(place: Place): Promise<Met> {
  for (;;) {
    const met = await ask(place);
    if (met.status !== 200) return met;
  }
}

t.test('two workers', async (t) => {
  const { place, fill, room } = await onDisk(t);
  const gateway = await serveWorkers(t, place);
  await fill();
  t.match(await untilRefused(place), { status: 503, code: 'log-unavailable' });
  const met: Met[] = [];
  const untilMs = performance.now() + fullMs;
  while (performance.now() < untilMs) {
    met.push(await ask(place));
    await sleep(50);
  }
  const refused = met.filter(({ status }) => status !== 200);
  t.same(new Set(refused.map(({ status, code }) => `${status} ${code}`)), new Set(['503 log-unavailable']));
  t.ok(Math.max(...met.map(({ tookMs }) => tookMs)) < soonMs, `${Math.max(...met.map(({ tookMs }) => tookMs))} ms`);
  t.equal((await askOnce(place, undefined, '/health/ready')).status, 503);
  await room();
  await eventually(async () => (await ask(place)).status === 200);
  await eventually(
    async () => JSON.parse((await askOnce(place, undefined, '/health/ready')).body).dependencies.at(-1).ok,
  );
  t.same(await endGateway(gateway), [0, null]);
});

t.test('one process, which somebody starts again whenever it ends', async (t) => {
  const { place, fill, room } = await onDisk(t);
  let running: GatewayProcess = await serve(t, place);
  const exit = once(running.child, 'exit');
  await fill();
  t.match(await untilRefused(place), { status: 503, code: 'log-unavailable' });
  t.same(await exit, [74, null]);
  await t.rejects(serve(t, place), /ended with 1/, 'as long as the disk is full it does not start');
  await room();
  running = await serve(t, place);
  t.equal((await ask(place)).status, 200);
  t.same(await endGateway(running), [0, null]);
});
