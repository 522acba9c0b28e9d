/** Timestamps of a running gateway as others meet them: listed, served, checked; and an authority that is away. */

import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import t from 'tap';
import { dataLog } from '../../src/data-logs.ts';
import { openGatewayKeys } from '../../src/gateway-keys.ts';
import { readOffer } from '../../src/offer.ts';
import { projectRoot, readReply, writeConfiguration } from '../support/gateway.ts';
import { openTestLog, recordEntries } from '../support/log-fixture.ts';
import { createTestTimestamps, startTimestampServer } from '../support/timestamp-authority.ts';
import { askService, startTroubledGateway, troubledSetup } from '../support/troubled.ts';

t.setTimeout(120_000);

const run = promisify(execFile);
const main = path.join(projectRoot, 'src/main.ts');
const lienthong = async (...options: string[]) => (await run(process.execPath, [main, ...options])).stdout;
const pin = '099190000001';
const consumer = 'G07/social-protection';

const authority = await createTestTimestamps(t);
await authority.addSigner('signer');
const server = await startTimestampServer(t, authority);
const settings = {
  url: server.url,
  caFiles: [authority.caFile],
  intervalMs: 1000,
  timeoutMs: 2000,
  retryMs: 50,
  retryMsMax: 100,
  answerBytesMax: 20_000,
  clockSkewMsMax: 60_000,
};
const exchangeLog = { checkpointIntervalMs: 50, timestamps: settings };

async function until(done: () => Promise<boolean>): Promise<void> {
  for (const endMs = Date.now() + 30_000; !(await done()); ) {
    if (Date.now() > endMs) throw new Error('it did not come about');
    await sleep(50);
  }
}

t.test('a gateway with an authority', async (t) => {
  const gateway = await startTroubledGateway(t, { settings: { exchangeLog } });
  const { url, dataFolder } = gateway;
  const get = (file: string) => fetch(`${url}/log/${file}`);
  const listed = async (query = '') => readReply(await get(`timestamps${query}`));
  const health = async () => {
    const { body } = await fetch(`${url}/health/ready`).then(readReply);
    return [body.status, body.dependencies.find(({ name }) => name === 'timestamp-authority')] as const;
  };
  const metric = async (name: string) => {
    const text = await (await fetch(`${url}/metrics`)).text();
    const value = new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'm').exec(text)?.[1];
    return value === undefined ? undefined : Number(value);
  };
  t.equal(await metric('lienthong_timestamp_age_seconds'), undefined);
  for (const count of [1, 2]) {
    await gateway.call(askService, consumer, { pin });
    await until(async () => (await listed()).body.timestamps.length === count);
  }

  await t.test('lists and serves them to everyone', async (t) => {
    const { body, headers } = await listed();
    t.match(headers.get('content-type'), /^application\/json/);
    t.match(body, { timestamps: [{ size: 1, token: 'timestamps/0000000000000001.tsr' }, { size: 2 }] });
    t.equal(body.nextPage, undefined);
    const page = await listed('?limit=1');
    t.match(page.body, { timestamps: [{ size: 1 }], nextPage: 'timestamps?after=1&limit=1' });
    t.match((await readReply(await get(page.body.nextPage))).body, { timestamps: [{ size: 2 }] });
    for (const query of ['?limit=0', '?limit=1001', '?after=-1', '?after=x', '?x=1', '?after=1&after=2']) {
      const { status, body: problem } = await listed(query);
      t.same([status, problem.code], [400, 'request-malformed'], query);
    }
    const names = [body.timestamps[1]?.token, body.timestamps[1]?.checkpoint];
    for (const [index, type] of ['application/timestamp-reply', 'text/plain; charset=utf-8'].entries()) {
      const response = await get(names[index] ?? '');
      t.same(
        ['content-type', 'cache-control'].map((name) => response.headers.get(name)),
        [type, 'public, max-age=31536000, immutable'],
      );
      await writeFile(path.join(authority.folder, `served.${index}`), Buffer.from(await response.arrayBuffer()));
    }
    t.ok(await authority.verify('served.0', 'served.1'), 'OpenSSL accepts them as they are served');
    for (const name of [
      'timestamps/1.tsr',
      'timestamps/0000000000000003.tsr',
      'timestamps/..%2fkeys.json',
      'keys.json',
    ]) {
      t.equal((await get(name)).status, 404, name);
    }
  });

  await t.test('checks them with the log, over HTTP and as files', async (t) => {
    const token = await gateway.gateway.issueToken({
      id: 'auditor-1',
      role: 'auditor',
      scopes: ['entries'],
      lifetimeSeconds: 600,
    });
    for (const place of [[dataFolder], [`${url}/log`, '--token', token]]) {
      const said = await lienthong('log', 'verify', ...place, '--tsa-ca', authority.caFile);
      // Each look at the entries is one itself, and stamped in its turn.
      t.match(said, /^\d+ timestamps hold, from 2/m);
    }
    const file = path.join(dataFolder, 'exchange-log/timestamps/0000000000000002');
    await copyFile(`${file}.tsr`, path.join(authority.folder, 'kept'));
    await copyFile(path.join(path.dirname(file), '0000000000000001.tsr'), `${file}.tsr`);
    for (const place of [[dataFolder], [`${url}/log`, '--token', token]]) {
      await t.rejects(lienthong('log', 'verify', ...place, '--tsa-ca', authority.caFile), {
        code: 1,
        stderr: /^lienthong: timestamps\/0000000000000002\.tsr: it is for other bytes than this checkpoint/m,
      });
    }
    await copyFile(path.join(authority.folder, 'kept'), `${file}.tsr`);
  });

  await t.test('tells of an outage, answers all the same, and catches up', async (t) => {
    t.match(await health(), ['degraded', { ok: true, vital: false }], 'degraded by the state database alone');
    await server.stop();
    const sizes = (await listed()).body.timestamps.map(({ size }) => size);
    const { status } = await gateway.call(askService, consumer, { pin });
    t.equal(status, 200);
    await until(async () => (await metric('lienthong_timestamp_failures_total')) !== 0);
    await until(async () => (await health())[1]?.ok === false);
    t.equal((await gateway.call(askService, consumer, { pin })).status, 200);
    t.equal((await health())[0], 'degraded');
    await server.start();
    await until(async () => (await listed(`?after=${sizes.at(-1)}`)).body.timestamps.length > 0);
    await until(async () => (await health())[1]?.ok === true);
    const age = await metric('lienthong_timestamp_age_seconds');
    t.ok(age !== undefined && age < 60);
  });
});

t.test('the log of a worker that there is no more is stamped, too, and its outage told', async (t) => {
  const root = await mkdtemp(path.join(tmpdir(), 'lienthong-stamps-'));
  t.teardown(() => rm(root, { recursive: true, force: true }));
  const dataFolder = path.join(root, 'data');
  const former = await startTroubledGateway(t, { dataFolder });
  const [{ origin = '' }] = JSON.parse((await fetch(`${former.url}/logs`).then(readReply)).text).logs;
  await former.gateway.close();
  const place = dataLog(dataFolder, origin, 2);
  const keys = await openGatewayKeys(path.join(dataFolder, 'keys'), place.folder);
  const { folder: logFolder, headCopy } = place;
  const worker = await openTestLog({
    folder: logFolder,
    headCopy,
    origin: place.origin,
    key: keys.log[0],
    marks: keys.marks,
  });
  await recordEntries(worker, 3);
  await worker.close();

  const gateway = await startTroubledGateway(t, { dataFolder, settings: { exchangeLog } });
  const get = async (file: string) => (await readReply(await fetch(`${gateway.url}/${file}`))).body;
  await until(async () => (await get('log/2/timestamps')).timestamps.length > 0);
  t.match(await get('log/2/timestamps'), { timestamps: [{ size: 3, token: 'timestamps/0000000000000003.tsr' }] });
  t.match(
    await lienthong('log', 'verify', dataFolder, '--log', '2', '--tsa-ca', authority.caFile),
    /^1 timestamps hold, from 2/m,
  );
  await gateway.gateway.close();

  await rm(path.join(logFolder, 'timestamps'), { recursive: true });
  await server.stop();
  const without = await startTroubledGateway(t, { dataFolder, settings: { exchangeLog } });
  const health = async () => (await fetch(`${without.url}/health/ready`).then(readReply)).body.dependencies;
  await until(async () => (await health()).some(({ name, ok }) => name === 'timestamp-authority' && !ok));
  await server.start();
});

t.test('certificates that cannot be used are a fault of the configuration', async (t) => {
  const configFolder = path.join(t.testdir({}), 'config');
  await writeConfiguration(configFolder, {
    ...troubledSetup,
    settings: { exchangeLog: { timestamps: { ...settings, caFiles: [authority.caFile, 'absent.pem'] } } },
  });
  await t.rejects(readOffer({ configFolder, projectRoot, env: process.env }), {
    name: 'ConfigError',
    message: /gateway\.yaml \/exchangeLog\/timestamps\/caFiles\/1: .*absent\.pem cannot be read/,
  });
});
