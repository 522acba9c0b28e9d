/** While no worker can be started nobody is kept waiting: exchanges are refused, probes are told, and it serves again by itself once one can. */

import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import t from 'tap';
import { eventually } from '../support/eventually.ts';
import { createPlace } from '../support/gateway-process.ts';
import { troubledSetup } from '../support/troubled.ts';
import { askOnce, endGateway, pidsOf, serveWorkers } from '../support/worker-process.ts';

t.setTimeout(180_000);

t.test('logs that no process can go on with', async (t) => {
  const settings = { workers: { seatWaitMs: 4_000 } };
  const place = await createPlace(t, { ...troubledSetup, settings });
  const gateway = await serveWorkers(t, place);
  t.equal((await askOnce(place, undefined)).status, 200);
  const records = ['exchange-log', 'workers/2/exchange-log'].map((log) => path.join(place.data, log, 'keys.json'));
  const kept = await Promise.all(records.map((record) => readFile(record)));
  for (const record of records) await writeFile(record, 'no record');
  for (const worker of [1, 2]) process.kill(pidsOf(gateway, worker).at(-1) as number, 'SIGKILL');

  await t.test('who comes before anybody knows waits no longer than may be', async (t) => {
    const startedMs = performance.now();
    t.equal((await askOnce(place, undefined)).status, 503);
    t.ok(performance.now() - startedMs < 8_000, `${performance.now() - startedMs} ms`);
  });

  await eventually(() => gateway.lines.some((line) => line.includes('"no worker serves')));
  await t.test('from then on it is refused at once', async (t) => {
    const startedMs = performance.now();
    const { status, body, headers } = await askOnce(place, undefined);
    t.ok(performance.now() - startedMs < 1_000, `${performance.now() - startedMs} ms`);
    t.equal(status, 503);
    t.match(JSON.parse(body), { code: 'log-unavailable', status: 503 });
    t.match(headers, { connection: 'close', 'retry-after': /^\d+$/, 'x-road-error': /LoggingFailed$/ });
    const xml = await fetch(`${place.url}/r1/VN/GOV/G18/troubles/ask/v1`, {
      method: 'POST',
      headers: { accept: 'application/xml' },
      body: 'x'.repeat(100_000),
    });
    t.equal(xml.status, 503);
    t.match(await xml.text(), /<type>Server\.ServerProxy\.LoggingFailed<\/type>/);
  });

  await t.test('probes and scrapes hear how it is', async (t) => {
    const ready = await askOnce(place, undefined, '/health/ready');
    t.equal(ready.status, 503);
    const worker = (number: number) => ({ name: `worker-${number}`, ok: false, vital: true, reason: 'unavailable' });
    t.same(JSON.parse(ready.body), { status: 'unready', dependencies: [worker(1), worker(2)] });
    t.same(JSON.parse((await askOnce(place, undefined, '/health/live')).body), { status: 'ok' });
    t.match((await askOnce(place, undefined, '/metrics')).body, /^lienthong_worker_serving\{worker="1"\} 0$/m);
  });

  await t.test('it is tried again and again, with pauses that grow', async (t) => {
    const pauses = () => {
      const ended = gateway.lines.filter((line) => line.includes('"the worker has ended and is replaced"'));
      return ended.map((line) => JSON.parse(line)).filter(({ worker }) => worker === 1);
    };
    await eventually(() => pauses().length > 3);
    t.same(
      pauses()
        .slice(0, 4)
        .map(({ backoffMs }) => backoffMs),
      [0, 100, 200, 400],
    );
    t.equal(gateway.child.exitCode, null);
  });

  await t.test('when one can be started, all serve', async () => {
    for (const [at, record] of records.entries()) await writeFile(record, kept[at] as Buffer);
    await eventually(async () => (await askOnce(place, undefined)).status === 200);
    await eventually(
      async () => JSON.parse((await askOnce(place, undefined, '/health/ready')).body).dependencies.at(-1).ok,
    );
  });
  t.same(await endGateway(gateway), [0, null]);
});
