/** Two gateways whose logs have one name, on one state database: the second one does not serve, and the first one's accesses stay found. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { eventually } from '../support/eventually.ts';
import type { GatewaySetup } from '../support/gateway.ts';
import { ask, createPlace, gatewayMain, type Place, serve } from '../support/gateway-process.ts';
import { startLoopbackProxy } from '../support/loopback-proxy.ts';
import { startPostgres } from '../support/servers.ts';
import { makeDatabase, runSql } from '../support/state-fixture.ts';
import { troubledSetup } from '../support/troubled.ts';
import { endGateway } from '../support/worker-process.ts';

t.setTimeout(120_000);

const server = await startPostgres(t);
const url = await makeDatabase(server.url);
const rows = async () => (await runSql(url, 'SELECT count(*)::int AS count FROM audit_entries'))[0]?.count;

const placeOn = (t: Test, stateUrl: string, settings: GatewaySetup['settings'] = {}) =>
  createPlace(t, {
    ...troubledSetup,
    settings: { state: { database: { url: stateUrl }, retryMs: 50, retryMsMax: 200 }, ...settings },
  });

/** What it says as it ends; it must end by itself. */
async function refused(t: Test, { config, data, port }: Place, ...options: string[]): Promise<string> {
  const args = [gatewayMain, 'serve', '--config', config, '--data', data, '--port', String(port), ...options];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  t.teardown(() => child.kill('SIGKILL'));
  const [said, [code]] = await Promise.all([
    text(child.stderr),
    once(child, 'exit', { signal: AbortSignal.timeout(60_000) }),
  ]);
  return `${code} ${said}`;
}

const first = await placeOn(t, url);
const gateway = await serve(t, first);
for (let count = 0; count < 5; count += 1) await ask(first, {});
await eventually(async () => (await rows()) === 5);

t.test('a second gateway of the same origin does not start, and says what to do', async (t) => {
  const second = await placeOn(t, url);
  const name = /^1 .*another log of the name lienthong.example\/gateway-1: .*exchangeLog.origin that no log has had/;
  t.match(await refused(t, second), name);
  t.match(await refused(t, second, '--workers', '2'), name);
  t.equal(await rows(), 5);
});

t.test('nor does it when the first one is stopped, as with an empty volume in place of a lost one', async (t) => {
  t.same(await endGateway(gateway), [0, null]);
  const second = await placeOn(t, url);
  t.match(await refused(t, second), /another log of the name/);
  t.equal(await rows(), 5);
  const again = await serve(t, first);
  t.equal((await ask(first, {})).status, 200);
  await eventually(async () => (await rows()) === 6);
  t.same(await endGateway(again), [0, null]);
});

t.test('with an origin of its own it goes on beside what is indexed', async (t) => {
  const other = await placeOn(t, url, { exchangeLog: { origin: 'lienthong.example/gateway-1-second' } });
  const renamed = await serve(t, other);
  t.equal((await ask(other, {})).status, 200);
  await eventually(async () => (await rows()) === 7);
  t.same(await endGateway(renamed), [0, null]);
});

t.test(
  'where the database was away at the start it is unready as soon as that is known, and takes no row',
  async (t) => {
    const proxy = await startLoopbackProxy(t, url);
    await proxy.down();
    const second = await placeOn(t, proxy.url, { health: { checkIntervalMs: 100 } });
    const started = await serve(t, second);
    const ready = async () => (await fetch(`${second.url}/health/ready`)).status;
    t.equal(await ready(), 200, 'exchanges need no state database');
    await proxy.up();
    await eventually(async () => (await ready()) === 503);
    await sleep(500);
    t.equal(await rows(), 7);
    t.equal(started.lines.filter((line) => line.includes('its name is another log’s')).length, 1);
    t.same(await endGateway(started), [0, null]);
  },
);
