/** A gateway and a witness, each a whole process, as two ministries run them. */

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import t, { type Test } from 'tap';
import { parse, stringify } from 'yaml';
import { openKeys } from '../../src/embedded/keys.ts';
import { createIdentity } from '../../src/exchange-log/identity.ts';
import { eventually } from '../support/eventually.ts';
import { projectRoot, readReply, type TestGateway } from '../support/gateway.ts';
import { askService, startTroubledGateway } from '../support/troubled.ts';
import { cosignersOf, startTestWitness } from '../support/witness-fixture.ts';

t.setTimeout(180_000);

const run = promisify(execFile);
const main = path.join(projectRoot, 'src/main.ts');
const origin = 'lienthong.example/gateway-1';
const consumer = 'G07/social-protection';
const pin = '099190000001';
const lienthong = async (...options: string[]) => (await run(process.execPath, [main, ...options])).stdout;

const limits = {
  wanted: 1,
  without: 'refuse',
  timeoutMs: 1000,
  graceMs: 800,
  backoffMs: 100,
  backoffMsMax: 300,
  answerBytesMax: 4096,
  clockSkewMsMax: 60_000,
};

interface WitnessProcess {
  readonly data: string;
  readonly config: string;
  readonly port: number;
  readonly vkey: string;
}

/** Configuration and key of a witness that knows the gateway of this test by the key it will have. */
async function prepareWitness(t: Test): Promise<WitnessProcess> {
  const folder = await mkdtemp(path.join(tmpdir(), 'lienthong-witness-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const config = path.join(folder, 'witness.yaml');
  await writeFile(config, await readFile(path.join(projectRoot, 'config/witness.yaml'), 'utf8'));
  const data = path.join(folder, 'data');
  const vkey = (await lienthong('witness', '--key', '--config', config, '--data', data)).trim();
  return { data, config, port: await freePort(), vkey };
}

async function trust({ config }: WitnessProcess, gateway: TestGateway): Promise<string> {
  const key = await openKeys(path.join(gateway.dataFolder, 'keys')).signingKey('exchange-log');
  const { vkey } = createIdentity(origin, key);
  const settings = parse(await readFile(config, 'utf8')) as object;
  await writeFile(config, stringify({ ...settings, logs: [{ key: vkey }] }));
  return vkey;
}

async function startWitness(t: Test, { config, data, port }: WitnessProcess): Promise<ChildProcess> {
  const options = ['witness', '--config', config, '--data', data, '--port', String(port)];
  const child = spawn(process.execPath, [main, ...options], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.teardown(() => child.kill('SIGKILL'));
  for await (const chunk of child.stdout ?? []) if (String(chunk).includes('"witnessing"')) break;
  return child;
}

async function killed(child: ChildProcess, signal: NodeJS.Signals = 'SIGKILL'): Promise<unknown> {
  const exit = once(child, 'exit');
  child.kill(signal);
  return exit;
}

const startGateway = (t: Test, witness: { readonly url: string; readonly vkey: string }, changes: object = {}) => {
  const list = [{ url: witness.url, key: witness.vkey }];
  return startTroubledGateway(t, {
    settings: {
      exchangeLog: { origin, checkpointIntervalMs: 50, witnesses: { ...limits, ...changes, list } },
      health: { checkIntervalMs: 1 },
    },
  });
};

const ask = (gateway: TestGateway) => gateway.call(askService, consumer, { pin });
const ready = async ({ url }: TestGateway) => (await fetch(`${url}/health/ready`).then(readReply)).body;
/** Whatever the other dependencies say. */
const witnessesOk = async (gateway: TestGateway): Promise<boolean | undefined> =>
  (await ready(gateway)).dependencies.find(({ name }) => name === 'witnesses')?.ok;
const checkpointOf = async ({ url }: TestGateway) => (await fetch(`${url}/log/checkpoint`)).text();

t.test('exchanges wait for witnesses no longer than the grace, and go on when these are back', async (t) => {
  const witness = await prepareWitness(t);
  const gateway = await startGateway(t, { url: `http://127.0.0.1:${witness.port}`, vkey: witness.vkey });
  const vkey = await trust(witness, gateway);
  t.same(await witnessesOk(gateway), true, 'an empty log needs nobody');

  t.equal((await ask(gateway)).status, 200, 'there is a time of grace');
  await eventually(async () => (await ready(gateway)).status === 'unready');
  t.match((await ready(gateway)).dependencies.slice(0, 2), [
    { name: 'exchange-log', ok: false, vital: true, reason: 'witnesses-missing' },
    { name: 'witnesses', ok: false, vital: false, reason: 'witnesses-missing' },
  ]);
  const refused = await ask(gateway);
  t.equal(refused.status, 503);
  t.match(refused.body, { code: 'witnesses-missing' });
  t.equal(refused.headers.get('retry-after'), '5');
  t.equal(refused.headers.get('exchange-log-index'), null);
  t.equal((await gateway.entries()).length, 1, 'what is refused so is not recorded');

  const child = await startWitness(t, witness);
  await eventually(() => witnessesOk(gateway));
  t.not((await ready(gateway)).status, 'unready');
  const { status, headers } = await ask(gateway);
  t.equal(status, 200);
  await eventually(async () => (await checkpointOf(gateway)).split('\n')[1] === '2');
  t.same(cosignersOf(await checkpointOf(gateway), [witness]), ['witness-1']);
  const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
  t.match(metrics, /lienthong_log_cosignatures 1\n/);
  t.match(metrics, /lienthong_log_cosignatures_wanted 1\n/);
  t.match(metrics, /lienthong_witness_answers_total\{witness="lienthong.example\/witness-1",outcome="cosigned"\} \d/);
  t.match(metrics, /outcome="unreachable"\} \d/);

  await t.test('receipts and the whole log are checked with their cosignatures', async (t) => {
    const token = await gateway.token(`VN/GOV/${consumer}`);
    const address = `${gateway.url}/v1/exchanges/${headers.get('exchange-id')}/receipt`;
    const receipt = await fetch(address, { headers: { authorization: `Bearer ${token}` } });
    const folder = t.testdir({});
    const file = path.join(folder, 'receipt.json');
    await writeFile(file, await receipt.text());
    const { vkey: stranger } = await startTestWitness(t, { folder: path.join(folder, 'w'), logs: [] });
    for (const command of [
      ['verify-receipt', file],
      ['verify', gateway.dataFolder],
    ]) {
      const check = (...options: string[]) => lienthong('log', ...command, '--key', vkey, ...options);
      const both = ['--witness', witness.vkey, '--witness', stranger];
      const tooFew = {
        code: 1,
        stderr: /1 of the witnesses named cosigned the checkpoint, not 2: missing is .+\+[0-9a-f]{8}\n/,
      };
      await t.rejects(check(...both), tooFew);
      t.match(await check(...both, '--witnesses-wanted', '1'), /\nCosigned by lienthong\.example\/witness-1 at \d{4}-/);
    }
    const unasked = await lienthong('log', 'verify-receipt', file, '--key', vkey);
    t.match(unasked, /\n1 more signatures were NOT checked/);
  });

  t.same(await killed(child, 'SIGTERM'), [0, null], 'the witness ends when it is told to');
});

t.test('a witness that is killed after it wrote and before it answered cosigns again', async (t) => {
  const witness = await prepareWitness(t);
  let child: ChildProcess | undefined;
  let lost = 0;
  // Lets the request through; of the first answer the client sees nothing, and the witness dies with it.
  const relay = createServer((client) => {
    const server = connect(witness.port, '127.0.0.1');
    client.on('error', () => undefined).pipe(server);
    server.on('error', () => client.destroy()).on('close', () => client.destroy());
    server.on('data', (answer) => {
      if (lost > 0) return client.write(answer);
      lost += 1;
      child?.kill('SIGKILL');
      return client.destroy();
    });
  }).listen(0, '127.0.0.1');
  await once(relay, 'listening');
  t.teardown(() => new Promise((resolve) => relay.close(resolve)));
  const port = (relay.address() as { port: number }).port;
  const gateway = await startGateway(t, { url: `http://127.0.0.1:${port}`, vkey: witness.vkey }, { graceMs: 60_000 });
  await trust(witness, gateway);
  child = await startWitness(t, witness);
  const exit = once(child, 'exit');
  t.equal((await ask(gateway)).status, 200);
  t.same(await exit, [null, 'SIGKILL']);
  t.equal((await checkpointOf(gateway)).split('\n')[1], '0', 'nothing was published for it');
  await startWitness(t, witness);
  await eventually(async () => cosignersOf(await checkpointOf(gateway), [witness]).length === 1);
  t.equal((await checkpointOf(gateway)).split('\n')[1], '1');
});

t.test('a witness tells what is wrong with its configuration, and does not share its folder', async (t) => {
  const witness = await prepareWitness(t);
  const settings = parse(await readFile(witness.config, 'utf8')) as object;
  const wrong = path.join(path.dirname(witness.config), 'wrong.yaml');
  const start = (config: string, data = witness.data) =>
    lienthong('witness', '--config', config, '--data', data, '--port', '0');
  await writeFile(
    wrong,
    stringify({ ...settings, logs: [{ key: witness.vkey }, { key: 'x' }], http: { bodyBytesMax: 0 } }),
  );
  await t.rejects(start(wrong), { code: 1, stderr: /wrong\.yaml \/http\/bodyBytesMax/ });
  await writeFile(wrong, stringify({ ...settings, logs: [{ key: witness.vkey }, { key: 'x' }] }));
  await t.rejects(start(wrong), { code: 1, stderr: /\/logs\/0\/key: is no key of a log[\s\S]*\/logs\/1\/key/ });
  await startWitness(t, witness);
  await t.rejects(start(witness.config), { code: 1, stderr: /in use/ });
  t.equal(
    (await lienthong('witness', '--key', '--config', witness.config, '--data', witness.data)).trim(),
    witness.vkey,
  );
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
