/** The index of a whole gateway: it follows the exchanges, stands in nobody's way when its database is gone, and is made anew by a command. */

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import t from 'tap';
import { eventually } from '../support/eventually.ts';
import { projectRoot, readReply, type TestGateway, writeConfiguration } from '../support/gateway.ts';
import { startPostgres } from '../support/servers.ts';
import { makeDatabase, runSql } from '../support/state-fixture.ts';
import { askService, startTroubledGateway, troubledSetup } from '../support/troubled.ts';

t.setTimeout(120_000);

const run = promisify(execFile);
const main = path.join(projectRoot, 'src/main.ts');
const consumer = 'G07/social-protection';
const pin = '099190000001';
const lienthong = async (...options: string[]) => (await run(process.execPath, [main, ...options])).stdout;
const health = { checkIntervalMs: 100 };
const ask = async (gateway: TestGateway, times: number) =>
  Promise.all(Array.from({ length: times }, () => gateway.call(askService, consumer, { pin })));
const ready = async ({ url }: TestGateway) => readReply(await fetch(`${url}/health/ready`));
const metricOf = async ({ url }: TestGateway, metric: string) =>
  Number(new RegExp(`^${metric} (\\S+)$`, 'm').exec(await (await fetch(`${url}/metrics`)).text())?.[1]);
/** Everything in the index, so that two of them can be compared. */
const dump = async (url: string) =>
  Promise.all(
    [
      'SELECT * FROM audit_entries ORDER BY time, log, log_index',
      'SELECT * FROM audit_days ORDER BY day, consumer, service, outcome, log',
      'SELECT * FROM audit_texts ORDER BY id',
      'SELECT * FROM audit_logs ORDER BY id',
    ].map((sql) => runSql(url, sql)),
  );

t.test('a database of one’s own', async (t) => {
  const server = await startPostgres(t);
  const url = await makeDatabase(server.url);
  const settings = {
    state: { database: { url }, retryMs: 50, retryMsMax: 200, connectTimeoutMs: 1000 },
    index: { pauseMs: 20, batchEntriesMax: 64 },
    health,
  };
  const gateway = await startTroubledGateway(t, { settings });
  const { auditIndex } = gateway.gateway;
  const config = t.testdir({});
  await writeConfiguration(config, { ...troubledSetup, settings });
  const place = ['--config', config, '--data', gateway.dataFolder];

  await t.test('exchanges are found about as soon as they are answered', async (t) => {
    const [first] = await ask(gateway, 300);
    const id = first?.headers.get('exchange-id') ?? '';
    t.ok(await auditIndex.waitUntil(299, 10_000));
    t.match(await auditIndex.find(id), {
      id,
      index: Number(first?.headers.get('exchange-log-index')),
      log: 'lienthong.example/gateway-1',
      consumer: `VN/GOV/${consumer}`,
      service: `VN/GOV/${askService}`,
      purpose: 'test',
      legalBasis: 'Test decree',
    });
    const [entry] = await gateway.entries();
    const { rows } = await auditIndex.search({ subjects: [entry?.subject ?? ''] }, { limit: 1000 });
    t.equal(rows.length, 300);
    t.equal(await metricOf(gateway, 'lienthong_index_lag_entries'), 0);
    t.equal(await metricOf(gateway, 'lienthong_index_entries_total'), 300);
    t.equal(await metricOf(gateway, 'lienthong_state_database_up'), 1);
    const { body } = await ready(gateway);
    t.equal(body.status, 'ok');
  });

  await t.test('without it, exchanges go on and the index says that it is away', async (t) => {
    await server.kill();
    for (const { status } of await ask(gateway, 50)) t.equal(status, 200);
    await t.rejects(auditIndex.search({}, { limit: 1 }), { code: 'index-unavailable', retryAfterSeconds: 5 });
    t.equal(await auditIndex.waitUntil(349, 100), false);
    t.equal(await metricOf(gateway, 'lienthong_state_database_up'), 0);
    t.ok((await metricOf(gateway, 'lienthong_index_lag_entries')) > 0);
    await sleep(health.checkIntervalMs);
    const { status, body } = await ready(gateway);
    t.same([status, body.status], [200, 'degraded']);
    t.match(
      body.dependencies.find(({ name }: { name: string }) => name === 'state-database'),
      { ok: false, vital: false, reason: 'unavailable' },
    );
    await server.start();
    t.ok(await auditIndex.waitUntil(349, 10_000));
  });

  await t.test('one that may only be read says so, and that it takes writes again', async (t) => {
    const setReadOnly = async (value: 'on' | 'off') => {
      await runSql(server.url, `ALTER SYSTEM SET default_transaction_read_only = ${value}`);
      await runSql(server.url, 'SELECT pg_reload_conf()');
    };
    const said = async () => {
      const { body } = await ready(gateway);
      const { reason } = body.dependencies.find(({ name }) => name === 'state-database') ?? {};
      return [body.status, reason, await metricOf(gateway, 'lienthong_state_database_writable')].join();
    };
    await eventually(async () => (await said()) === 'ok,,1');
    await setReadOnly('on');
    await eventually(async () => (await said()) === 'degraded,read-only,0');
    await setReadOnly('off');
    await eventually(async () => (await said()) === 'ok,,1');
    t.pass('without a restart');
  });

  await t.test('a rebuild needs the gateway stopped', async (t) => {
    await t.rejects(lienthong('index', 'rebuild', ...place), {
      code: 1,
      stderr: /is in use by another gateway or command \(process \d+/,
    });
  });

  await t.test('and gives the same index, also after one that was killed', async (t) => {
    await gateway.gateway.close();
    const followed = await dump(url);
    t.equal(followed[0]?.length, 350);
    const cutShort = spawn(process.execPath, [main, 'index', 'rebuild', ...place], { stdio: 'ignore' });
    const exit = once(cutShort, 'exit');
    while ((await runSql(url, 'SELECT FROM audit_entries')).length === 350 && cutShort.exitCode === null);
    cutShort.kill('SIGKILL');
    await exit;
    t.match(
      await lienthong('index', 'rebuild', ...place),
      /^The index of lienthong\.example\/gateway-1 is made anew: 350/,
    );
    t.same(await dump(url), followed);
    await t.rejects(lienthong('index', 'rebuild', '--config', config, '--data', config), {
      code: 1,
      stderr: /is no data folder: it has no exchange-log\//,
    });
  });
});

t.test('the embedded database', async (t) => {
  const settings = { state: { database: 'embedded' }, index: { pauseMs: 20 } };
  const gateway = await startTroubledGateway(t, { settings });
  const config = t.testdir({});
  await writeConfiguration(config, { ...troubledSetup, settings });
  const place = ['--config', config, '--data', gateway.dataFolder];
  for (const { status } of await ask(gateway, 20)) t.equal(status, 200, 'no exchange waits for its first start');
  t.ok(await gateway.gateway.auditIndex.waitUntil(19, 60_000));
  t.match(await lienthong('index', 'status', ...place), /: 20 entries indexed of \d+ in/);
  await gateway.gateway.close();
  t.match(await lienthong('index', 'rebuild', ...place), /made anew: 20 entries/);
  t.match(await lienthong('index', 'status', ...place), /: 20 entries indexed of 20 in the newest checkpoint/);
});
