/** The log of a former worker that cannot be written is seen by whoever watches, named to those who are refused, and opened again by itself. */

import path from 'node:path';
import t from 'tap';
import { layoutOf } from '../../src/exchange-log/store/layout.ts';
import { eventually } from '../support/eventually.ts';
import { createPlace, serve } from '../support/gateway-process.ts';
import { startPostgres } from '../support/servers.ts';
import { straceCommand, straceEnvironment } from '../support/strace.ts';
import { troubledSetup } from '../support/troubled.ts';
import {
  type Answered,
  askOnce,
  endGateway,
  entriesByLog,
  lienthong,
  logKeys,
  serveWorkers,
} from '../support/worker-process.ts';

t.setTimeout(120_000);

const pin = '099190000001';
const origin = 'lienthong.example/gateway-1/2';

t.test('a disk that fails once under the log of a former worker', async (t) => {
  const place = await createPlace(t, {
    ...troubledSetup,
    settings: {
      state: { database: { url: (await startPostgres(t)).url } },
      exchangeLog: { reopenMs: 3000 },
      health: { checkIntervalMs: 10 },
      receipts: { checkpointWaitMs: 10_000 },
    },
  });
  await endGateway(await serveWorkers(t, place));
  const folder = path.join(place.data, 'workers/2/exchange-log');
  const before = (await entriesByLog(place)).get(2)?.length ?? 0;
  const file = layoutOf(folder).segment(before);
  const injection = { calls: 'pwrite64', fault: 'error=EIO', when: '1', file };
  const gateway = await serve(t, place, (rest) => straceCommand(injection, rest), straceEnvironment);
  const get = (address: string) => fetch(`${place.url}${address}`);
  const question = (address = '/v1/me/accesses') =>
    askOnce(place, undefined, { path: address, as: pin, role: 'citizen' });
  const metric = async () => {
    const lines = (await (await get('/metrics')).text()).split('\n');
    return lines.find((line) => line.startsWith('lienthong_former_log_writable'));
  };
  const health = async () => (await (await get('/health/ready')).json()) as { status: string; dependencies: object[] };
  const former = async () => (await health()).dependencies.find((one) => 'name' in one && one.name === 'former-logs');
  await eventually(async () => (await health()).status === 'ok');
  t.equal(await metric(), `lienthong_former_log_writable{log="${origin}"} 1`);

  await t.test('is named to the person whose question meets it, and to the next ones', async (t) => {
    const refused: Answered[] = [];
    for (const address of ['/v1/me/accesses', '/v1/me/accesses', '/v2/findUsage'])
      refused.push(await question(address));
    for (const { status, headers, body } of refused) {
      t.equal(status, 503, body);
      t.match(JSON.parse(body), { code: 'checkpoint-pending', detail: new RegExp(`\\b${origin}\\b`) });
      t.match(headers, { 'retry-after': '3' });
    }
  });

  await t.test('is seen in health, metrics and the operational log, and stops no exchange', async (t) => {
    t.match(await health(), { status: 'degraded' });
    t.match(await former(), { ok: false, vital: false, reason: `failed: ${origin}` });
    t.equal(await metric(), `lienthong_former_log_writable{log="${origin}"} 0`);
    t.match(await (await get('/v2/heartbeat')).json(), { status: 'FAIL' });
    t.equal((await askOnce(place, undefined)).status, 200);
    const told = gateway.lines.filter((line) => line.includes('a log that no worker writes cannot be written'));
    t.equal(told.length, 1);
    t.match(JSON.parse(told[0] ?? '{}'), { level: 50, log: origin, error: { message: /EIO/ } });
  });

  await t.test('is over once the log is open again, with no number missing', async (t) => {
    await eventually(async () => (await health()).status === 'ok');
    const answer = await question();
    t.equal(answer.status, 200, answer.body);
    const { others, accesses } = JSON.parse(answer.body) as {
      others: { log: string }[];
      accesses: { outcome: string }[];
    };
    t.equal(others[0]?.log, origin);
    t.equal(accesses.filter(({ outcome }) => outcome === 'checkpoint-pending').length, 2, 'the refused ones are shown');
    t.match(await former(), { ok: true });
    t.equal(await metric(), `lienthong_former_log_writable{log="${origin}"} 1`);
    t.match(await (await get('/v2/heartbeat')).json(), { status: 'OK' });
  });

  t.same(await endGateway(gateway), [0, null]);
  const keys = (await logKeys(place)).flatMap((key) => ['--key', key]);
  t.match(await lienthong('log', 'verify', place.data, ...keys), /whole/);
});
