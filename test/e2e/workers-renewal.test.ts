/** Several workers renewed while something else happens to them: what is said of it is true, and nobody goes on with what was taken away. */

import { randomBytes } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import t from 'tap';
import { parse, stringify } from 'yaml';
import { findProcesses } from '../../src/embedded/process-table.ts';
import { eventually } from '../support/eventually.ts';
import { createPlace, type GatewayProcess } from '../support/gateway-process.ts';
import { startPostgres } from '../support/servers.ts';
import { makeDatabase } from '../support/state-fixture.ts';
import { troubledSetup } from '../support/troubled.ts';
import { askOnce, endGateway, pidsOf, renewWorkers, serveWorkers } from '../support/worker-process.ts';

t.setTimeout(240_000);

function withDeliveryKey(text: string, keyFile: string): string {
  const settings = parse(text);
  return stringify({ ...settings, deliveries: { ...settings.deliveries, keyFile } });
}

const linesOf = ({ lines }: GatewayProcess, what: string) => lines.filter((line) => line.includes(what));

t.test('two workers of a registry without a sample', async (t) => {
  const server = await startPostgres(t);
  const database = { url: await makeDatabase(server.url) };
  const place = await createPlace(t, { ...troubledSetup, settings: { state: { database } } });
  const gateway = await serveWorkers(t, place);
  const agreement = path.join(place.config, 'agreements/0.yaml');
  /** Of as many calls that each worker answers some. */
  const statuses = async () => {
    const answers = [];
    for (let count = 0; count < 8; count += 1) answers.push(await askOnce(place, undefined));
    return answers.map(({ status }) => status);
  };
  const all = (status: number) => Array.from({ length: 8 }, () => status);

  await t.test(
    'an agreement that is taken away during a renewal is gone from every worker when all are renewed',
    async (t) => {
      gateway.child.kill('SIGHUP');
      await eventually(() => linesOf(gateway, '"the worker is renewed"').length > 0);
      await rename(agreement, `${agreement}.away`);
      await renewWorkers(gateway);
      await eventually(() => linesOf(gateway, '"all workers are renewed"').length === 2);
      t.same(await statuses(), all(403));
    },
  );

  await rename(`${agreement}.away`, agreement);
  const file = path.join(place.config, 'gateway.yaml');
  const former = await readFile(file, 'utf8');
  const otherKey = path.join(place.config, 'other.key');
  await writeFile(otherKey, randomBytes(32).toString('base64url'), { mode: 0o600 });
  const faults = [
    [
      'another name for the log',
      former.replace('example/gateway-1', 'example/another'),
      /begun as ."lienthong.example/,
    ],
    ['another delivery key', withDeliveryKey(former, otherKey), /under another delivery key/],
  ] as const;
  for (const [what, text, why] of faults)
    await t.test(`a configuration whose fault only opening shows costs no worker: ${what}`, async (t) => {
      await writeFile(file, text);
      const before = linesOf(gateway, 'the workers are not renewed').length;
      gateway.child.kill('SIGHUP');
      const told = await eventually(() => linesOf(gateway, 'the workers are not renewed')[before]);
      t.match(told, why);
      const serving = async () =>
        (await askOnce(place, undefined, '/metrics')).body.match(/^lienthong_worker_serving.* 1$/gm);
      await eventually(async () => (await serving())?.length === 2);
      t.same(await statuses(), all(403), 'all serve by the former one');
      const starts = pidsOf(gateway, 2).length;
      process.kill(pidsOf(gateway, 2).at(-1) as number, 'SIGKILL');
      await eventually(() => pidsOf(gateway, 2).length > starts);
      t.same(await statuses(), all(403), 'who is started again has what the others have');
      await writeFile(file, former);
    });

  await t.test('a worker that is being started is not killed, and all are renewed only when it serves', async (t) => {
    const ends = linesOf(gateway, '"the worker has ended').length;
    process.kill(pidsOf(gateway, 1).at(-1) as number, 'SIGKILL');
    await eventually(() => linesOf(gateway, '"the worker has ended').length > ends);
    await renewWorkers(gateway);
    t.equal(linesOf(gateway, '"the worker has ended').length, ends + 1);
    const last = gateway.lines.findLastIndex((line) => line.includes('"the worker serves"'));
    t.ok(last < gateway.lines.findLastIndex((line) => line.includes('"all workers are renewed"')));
    t.same(await statuses(), all(200));
  });
  t.same(await endGateway(gateway), [0, null]);
});

t.test('however often workers are renewed, a sample registry has one process', async (t) => {
  const place = await createPlace(t, {});
  const gateway = await serveWorkers(t, place);
  const simulators = async () => {
    const children = await findProcesses(process.getuid?.() ?? 0, 'judicial/simulator');
    const parents = await Promise.all(children.map((pid) => readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')));
    return parents.filter((stat) => stat.split(') ')[1]?.split(' ')[1] === String(gateway.child.pid)).length;
  };
  t.equal(await simulators(), 1);
  await renewWorkers(gateway);
  t.equal(await simulators(), 1);
  t.same(await endGateway(gateway), [0, null]);
});
