/** Keys are rotated and retired under a gateway that comes and goes: what was issued and proven before still holds, and a lost key is noticed. */

import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { listKeys, retireKey, rotateKey } from '../../src/change-keys.ts';
import { composeGateway } from '../../src/compose.ts';
import { parseVerifierKey } from '../../src/exchange-log/note/keys.ts';
import { folderSource } from '../../src/exchange-log/verify/log-source.ts';
import { verifyLog } from '../../src/exchange-log/verify/verify-log.ts';
import { readOffer } from '../../src/offer.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { createTokensOf, projectRoot, writeConfiguration } from '../support/gateway.ts';
import { verifyReceipt } from '../support/kept-receipt.ts';
import { readLogFiles } from '../support/log-files.ts';
import { askService, troubledSetup } from '../support/troubled.ts';

t.setTimeout(120_000);

const run = promisify(execFile);
const main = path.join(projectRoot, 'src/main.ts');
const consumer = 'VN/GOV/G07/social-protection';
const origin = 'lienthong.example/gateway-1';
const body = '{"pin":"099190000001"}';

const folder = await mkdtemp(path.join(tmpdir(), 'lienthong-keys-'));
t.teardown(() => rm(folder, { recursive: true, force: true }));
const config = path.join(folder, 'config');
await writeConfiguration(config, troubledSetup);
const data = path.join(folder, 'data');
const keyFile = (name: string) => path.join(data, 'keys', name);
const lienthong = async (...options: string[]) =>
  (await run(process.execPath, [main, ...options, '--config', config, '--data', data])).stdout.trim();

async function serve() {
  const offer = await readOffer({ configFolder: config, projectRoot, env: process.env });
  const logger = createLogger({ level: 'silent' }, 'test');
  const gateway = await composeGateway({ offer, dataFolder: data, version: '0.0.0-test', logger });
  t.teardown(() => gateway.close());
  return { url: await gateway.listen('127.0.0.1', 0), end: () => gateway.close() };
}

/** What the start says that does not come about. */
const refusal = () =>
  serve().then(
    () => 'it started',
    (error: Error) => error.message,
  );

const ask = (url: string, token: string) =>
  fetch(`${url}/r1/VN/GOV/${askService}/v1`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-road-client': consumer, authorization: `Bearer ${token}` },
    body,
  });

async function receiptOf(url: string, token: string, id: string | null): Promise<string> {
  const response = await fetch(`${url}/v1/exchanges/${id}/receipt`, { headers: { authorization: `Bearer ${token}` } });
  return response.text();
}

const token = () => createTokensOf(data)(consumer);
const rowsOf = async (name: string) => (await listKeys(data, origin)).filter((row) => row.name === name);
const vkeysOf = async () => (await rowsOf('exchange-log')).map(({ mark }) => mark);

/** Entries of the log, once every one of them was checked. */
async function check(vkey = ''): Promise<number> {
  const options = { verifier: parseVerifierKey(vkey), older: undefined, progress: () => undefined };
  return (await verifyLog(await folderSource(data), options)).checkpoint.size;
}

let gateway = await serve();
const oldToken = await token();
const oldId = (await ask(gateway.url, oldToken)).headers.get('exchange-id');
const oldReceipt = await receiptOf(gateway.url, oldToken, oldId);
const [oldVkey = ''] = await vkeysOf();

t.test('no key is changed under a running gateway', async (t) => {
  await t.rejects(lienthong('keys', 'rotate', 'pseudonym'), {
    code: 1,
    stderr: /keys are changed while no gateway runs on their data folder.*process \d+/,
  });
  t.equal((await rowsOf('pseudonym')).length, 1);
  await gateway.end();
});

t.test('after a rotation of every key', async (t) => {
  for (const name of ['token-signing', 'exchange-log', 'pseudonym', 'evidence'] as const) {
    const kid = await rotateKey(data, name, origin);
    t.match(await rowsOf(name), [{ state: 'newest', kid }, { state: 'older' }]);
  }
  const early = await run(process.execPath, [main, 'log', 'key', '--config', config, '--data', data]);
  t.match(early.stderr, /^The first of them signs from the next start/);
  const listed = await lienthong('keys', 'list');
  t.equal(listed.split('\n').length, 8);
  t.match(listed, /^exchange-log {3}newest {3}[0-9a-f]{8} {2}lienthong\.example\/gateway-1\+/m);
  gateway = await serve();
  const vkeys = await vkeysOf();
  const newToken = await token();
  const newId = (await ask(gateway.url, newToken)).headers.get('exchange-id');

  await t.test('tokens from before still work', async (t) => {
    t.equal((await ask(gateway.url, oldToken)).status, 200);
  });

  await t.test('receipts from before hold, and those from after hold by either key', async (t) => {
    t.same([vkeys.length, vkeys[1]], [2, oldVkey]);
    t.equal(verifyReceipt(oldReceipt, parseVerifierKey(oldVkey)).index, 0);
    t.throws(() => verifyReceipt(oldReceipt, parseVerifierKey(vkeys[0] ?? '')), { name: 'NoteError' });
    for (const [holder, id] of [
      [oldToken, newId],
      [newToken, oldId],
    ] as const) {
      const receipt = await receiptOf(gateway.url, holder, id);
      for (const vkey of vkeys) t.ok(verifyReceipt(receipt, parseVerifierKey(vkey)));
    }
    const file = path.join(folder, 'receipt.json');
    await writeFile(file, oldReceipt);
    const printed = await lienthong('log', 'key');
    t.same(printed.split('\n'), vkeys);
    const checked = await run(process.execPath, [main, 'log', 'verify-receipt', file, '--key', printed]);
    t.match(checked.stdout, /^The receipt holds: entry 0/);
  });

  await t.test('a person and a body have other names from then on, and an auditor finds both', async (t) => {
    const all = (await readLogFiles(path.join(data, 'exchange-log'))).map((entry) => JSON.parse(entry.toString()));
    const [before, after] = [oldId, newId].map((id) => all.find((entry) => entry.id === id));
    t.not(before.subject, after.subject);
    const file = path.join(folder, 'body');
    await writeFile(file, body);
    const digests = await run(process.execPath, [main, 'keys', 'digest', file, '--data', data]);
    const [newest, older] = await rowsOf('evidence');
    const lines = [`${newest?.kid} ${after.request.digest}`, `${older?.kid} ${before.request.digest}`];
    t.same(digests.stdout.trim().split('\n'), lines);
  });

  await gateway.end();
  await t.test('the whole log is checked by either key', async (t) => {
    for (const vkey of vkeys) t.equal(await check(vkey), 3);
  });
});

t.test('after older keys were retired', async (t) => {
  const [newest] = await rowsOf('evidence');
  const tooNew = retireKey(data, 'evidence', newest?.kid ?? '', origin);
  await t.rejects(tooNew, { message: /there must be a newer key evidence/ });
  await t.rejects(retireKey(data, 'evidence', 'x', origin), { message: /no key evidence is x: see "lienthong keys/ });
  for (const name of ['token-signing', 'exchange-log'] as const) {
    const older = (await rowsOf(name)).at(-1);
    t.match(await lienthong('keys', 'retire', name, older?.kid ?? ''), `The key ${name} ${older?.kid} is gone: `);
    t.equal((await rowsOf(name)).length, 1);
  }
  gateway = await serve();
  const refused = await ask(gateway.url, oldToken);
  t.match([refused.status, await refused.json()], [401, { code: 'token-invalid' }]);
  const newToken = await token();
  const receipt = await receiptOf(gateway.url, newToken, (await ask(gateway.url, newToken)).headers.get('exchange-id'));
  const [vkey = ''] = await vkeysOf();
  t.ok(verifyReceipt(receipt, parseVerifierKey(vkey)));
  t.throws(() => verifyReceipt(receipt, parseVerifierKey(oldVkey)), { name: 'NoteError' });
  await gateway.end();
  t.equal(await check(vkey), 5);
});

t.test('the key of a log is not printed under the name of another', async (t) => {
  const other = path.join(folder, 'other');
  await writeConfiguration(other, { settings: { exchangeLog: { origin: 'lienthong.example/gateway-2' } } });
  await t.rejects(run(process.execPath, [main, 'log', 'key', '--config', other, '--data', data]), {
    code: 1,
    stderr: /the log in .*data is lienthong\.example\/gateway-1, and this configuration is that of .*gateway-2/,
  });
});

t.test('lost and swapped keys keep the gateway from starting, and nothing is made in their place', async (t) => {
  const kept = path.join(folder, 'kept');
  for (const [lost, message] of [
    ['pseudonym.key', /written with the key pseudonym [0-9a-f]{16}, which is not there.*restore keys\//],
    ['evidence.2.key', /written with the key evidence [0-9a-f]{16}, which is not there/],
    ['exchange-log.2.jwk', /has no key exchange-log, though the exchange log has entries written with one/],
  ] as const) {
    await copyFile(keyFile(lost), kept);
    await rm(keyFile(lost));
    const before = await readdir(keyFile('.'));
    t.match(await refusal(), message);
    t.same(await readdir(keyFile('.')), before);
    await copyFile(kept, keyFile(lost));
  }
  await copyFile(keyFile('pseudonym.key'), kept);
  await copyFile(keyFile('evidence.key'), keyFile('pseudonym.key'));
  t.match(await refusal(), /written with the key pseudonym/);
  await copyFile(kept, keyFile('pseudonym.key'));
});

t.test('a key that is lost for good can be done without', async (t) => {
  const lost = (await readdir(keyFile('.'))).filter((name) => /^(pseudonym|exchange-log)\./.test(name));
  for (const file of lost) await rm(keyFile(file));
  for (const name of ['pseudonym', 'exchange-log'] as const) {
    const missing = await rowsOf(name);
    t.ok(missing.length > 0 && missing.every(({ state }) => state === 'missing'));
    await t.rejects(retireKey(data, name, missing[0]?.kid ?? '', origin), { message: /keys rotate/ });
    await rotateKey(data, name, origin);
    t.match(await refusal(), /restore keys\//);
    for (const { kid } of missing) await retireKey(data, name, kid, origin);
  }
  gateway = await serve();
  t.equal((await ask(gateway.url, await token())).status, 200);
  await gateway.end();
  t.equal(await check((await vkeysOf())[0]), 6);
});
