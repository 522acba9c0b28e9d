/** The log of a running gateway as others meet it: its files over HTTP, receipts, and the commands that check both. */

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { parseVerifierKey } from '../../src/exchange-log/note/keys.ts';
import { projectRoot, readReply } from '../support/gateway.ts';
import { verifyReceipt } from '../support/kept-receipt.ts';
import { makeLogKey, openTestLog } from '../support/log-fixture.ts';
import { askService, startTroubledGateway } from '../support/troubled.ts';

t.setTimeout(120_000);

const run = promisify(execFile);
const main = path.join(projectRoot, 'src/main.ts');
const consumer = 'G07/social-protection';
const pin = '099190000001';

const folder = await mkdtemp(path.join(tmpdir(), 'lienthong-served-'));
t.teardown(() => rm(folder, { recursive: true, force: true }));
const gateway = await startTroubledGateway(t);
const { url, dataFolder } = gateway;
const scopes = ['entries', 'exchanges'] as const;
const auditor = await gateway.gateway.issueToken({ id: 'auditor-1', role: 'auditor', scopes, lifetimeSeconds: 600 });
const own = await gateway.token(`VN/GOV/${consumer}`);
const others = await gateway.token('VN/GOV/G15/civil-status');
const bearer = (token: string, headers = {}) => ({ headers: { authorization: `Bearer ${token}`, ...headers } });
const lienthong = async (...options: string[]) => (await run(process.execPath, [main, ...options])).stdout;

const replies = [];
for (let round = 0; round < 6; round += 1) {
  replies.push(...(await Promise.all(Array.from({ length: 50 }, () => gateway.call(askService, consumer, { pin })))));
}
const first = replies[0]?.headers.get('exchange-id') ?? '';
const last = (await gateway.call(askService, consumer, { pin })).headers;
const vkey = (await lienthong('log', 'key', '--data', dataFolder)).trim();
const verifier = parseVerifierKey(vkey);
const receiptOf = (id: string | null, init: RequestInit) => fetch(`${url}/v1/exchanges/${id}/receipt`, init);

t.test('receipts', async (t) => {
  await t.test('JSON for the newest exchange, which waits for its checkpoint', async (t) => {
    const response = await receiptOf(last.get('exchange-id'), bearer(own));
    const text = await response.text();
    t.equal(response.status, 200, text);
    t.match(response.headers.get('content-type'), /^application\/json/);
    t.equal(response.headers.get('cache-control'), 'no-store');
    const { index, entry, size } = verifyReceipt(text, verifier);
    t.equal(String(index), last.get('exchange-log-index'));
    t.match(JSON.parse(entry), { id: last.get('exchange-id'), consumer: `VN/GOV/${consumer}`, status: 200 });
    t.ok(size > index);
    const file = path.join(folder, 'receipt.json');
    await writeFile(file, JSON.stringify(JSON.parse(text), null, 2));
    t.match(await lienthong('log', 'verify-receipt', file, '--key', vkey), /^The receipt holds: entry 300 of /);
  });

  await t.test('tlog-proof by Accept, checked offline', async (t) => {
    const response = await receiptOf(first, bearer(own, { accept: 'text/plain' }));
    const text = await response.text();
    t.equal(response.status, 200, text);
    t.match(response.headers.get('content-type'), /^text\/plain/);
    t.match(text, /^c2sp\.org\/tlog-proof@v1\nextra /);
    t.match(JSON.parse(verifyReceipt(text, verifier).entry), { id: first });
    const file = path.join(folder, 'receipt.txt');
    await writeFile(file, text);
    t.match(await lienthong('log', 'verify-receipt', file, '--key', vkey), /^The receipt holds: entry \d+ of /);
    await writeFile(file, text.replace(/^index \d+$/m, 'index 3'));
    await t.rejects(lienthong('log', 'verify-receipt', file, '--key', vkey), { code: 1 });
  });

  await t.test('another entry, another key, another proof', async (t) => {
    const text = await (await receiptOf(first, bearer(auditor))).text();
    const changed = JSON.parse(text);
    const another = await keyOfAnotherLog(t.testdir({}));
    t.throws(() => verifyReceipt(text, parseVerifierKey(another)), { name: 'NoteError' });
    for (const change of [
      { entry: { ...changed.entry, status: 403 } },
      { index: changed.index + 1 },
      { inclusion: changed.inclusion.slice(1) },
      { inclusion: changed.inclusion.toReversed() },
    ]) {
      const receipt = JSON.stringify({ ...changed, ...change });
      t.throws(() => verifyReceipt(receipt, verifier), { name: 'ProofError' }, Object.keys(change)[0] ?? '');
    }
    const checkpoint = changed.checkpoint.replace(/\n30\d\n/, '\n999\n');
    t.throws(() => verifyReceipt(JSON.stringify({ ...changed, checkpoint }), verifier), {
      message: /does not fit the note/,
    });
    const twice = [
      text.replace('"entry":', '"entry":{"consumer":"VN/GOV/FAKE"},"entry":'),
      text.replace('"consumer":', '"consumer":"VN/GOV/FAKE","consumer":'),
      text.replace('"checkpoint":', '"checkpoint":"x","checkpoint":'),
    ];
    for (const receipt of twice) {
      t.not(receipt, text);
      t.throws(() => verifyReceipt(receipt, verifier), { name: 'NoteError', message: /has a member twice/ });
    }
    t.throws(() => verifyReceipt(JSON.stringify({ note: 'x', ...changed }), verifier), {
      name: 'NoteError',
      message: /members other than index, entry, inclusion, checkpoint/,
    });
    for (const broken of ['{', '{}', 'x', '{"index":1}'])
      t.throws(() => verifyReceipt(broken, verifier), { name: 'NoteError' });
  });

  await t.test('only for the consumer and for auditors', async (t) => {
    t.equal((await receiptOf(first, {})).status, 401);
    t.equal((await receiptOf(first, bearer('a.b.c'))).status, 401);
    t.equal((await receiptOf(first, bearer(others))).status, 404);
    t.equal((await receiptOf(first, bearer(auditor))).status, 200);
    const unknown = `${first.slice(0, -4)}ffff`;
    for (const id of [unknown, 'x', '00000000-0000-7000-8000-000000000000']) {
      const { status, body } = await readReply(await receiptOf(id, bearer(own)));
      t.equal(status, 404, id);
      t.equal(body.code, 'not-found');
    }
  });

  await t.test('a refused exchange that nobody proved to have made is the auditors’ alone', async (t) => {
    const refused = await fetch(`${url}/r1/VN/GOV/${askService}/v1`, {
      method: 'POST',
      headers: { 'x-road-client': `VN/GOV/${consumer}` },
    });
    const id = refused.headers.get('exchange-id');
    t.equal(refused.status, 401);
    t.equal((await receiptOf(id, bearer(own))).status, 404);
    t.equal((await receiptOf(id, bearer(auditor))).status, 200);
  });
});

t.test('files', async (t) => {
  const get = (file: string, init: RequestInit = {}) => fetch(`${url}/log/${file}`, init);
  const onDisk = (file: string) => readFile(path.join(dataFolder, 'exchange-log', file));

  await t.test('the checkpoint', async (t) => {
    const response = await get('checkpoint');
    t.equal(response.headers.get('content-type'), 'text/plain; charset=utf-8');
    t.equal(response.headers.get('cache-control'), 'public, max-age=1');
    t.match(await response.text(), /^lienthong\.example\/gateway-1\n30\d\n/);
  });

  await t.test('a tile, whole, in part, and its headers alone', async (t) => {
    const response = await get('tile/0/000');
    const content = Buffer.from(await response.arrayBuffer());
    t.equal(response.status, 200);
    t.equal(response.headers.get('content-type'), 'application/octet-stream');
    t.equal(response.headers.get('cache-control'), 'public, max-age=31536000, immutable');
    t.equal(response.headers.get('content-length'), '8192');
    t.ok(content.equals(await onDisk('tile/0/000')));
    const part = await get('tile/0/000', { headers: { range: 'bytes=32-63' } });
    t.equal(part.status, 206);
    t.equal(part.headers.get('content-range'), 'bytes 32-63/8192');
    t.ok(Buffer.from(await part.arrayBuffer()).equals(content.subarray(32, 64)));
    const head = await get('tile/0/000', { method: 'HEAD' });
    t.equal(head.status, 200);
    t.equal(head.headers.get('content-length'), '8192');
    t.equal((await get('tile/1/000.p/1')).status, 200);
  });

  await t.test('entries, for auditors', async (t) => {
    const nobody = await readReply(await get('tile/entries/000'));
    t.same([nobody.status, nobody.body.code], [401, 'authentication-required']);
    const client = await readReply(await get('tile/entries/000', bearer(own)));
    t.same(
      [client.status, client.body.code, client.headers.get('x-road-error')],
      [403, 'role-not-allowed', 'Server.ServerProxy.AccessDenied'],
    );
    const response = await get('tile/entries/000', bearer(auditor));
    t.equal(response.status, 200);
    t.match(response.headers.get('cache-control'), /^private/);
    t.ok(Buffer.from(await response.arrayBuffer()).equals(await onDisk('tile/entries/000')));
    t.equal((await get('tile/entries/009')).status, 401, 'nor does anyone else learn which there are');
  });

  await t.test('no other name', async (t) => {
    for (const file of [
      'tile/0/001',
      'tile/0/000.p/256',
      'tile/0/000.p/0',
      'tile/0/002.p/0',
      'tile/0/0',
      'tile/0/x000/000',
      'tile/00/000',
      'tile/64/000',
      'tile/2/000',
      'tile/0/%3000',
      'tile/0//000',
      'tile/entries/0000',
      'tile/..%2fcheckpoint',
      'segments/0000000000000000.seg',
      'tile',
    ]) {
      const { status, body, headers } = await readReply(await get(file, bearer(auditor)));
      t.equal(status, 404, file);
      t.equal(body.code, 'not-found');
      t.not(headers.get('cache-control')?.includes('immutable'), true);
    }
  });
});

t.test('the commands, on the folder and over HTTP', async (t) => {
  const log = `${url}/log`;
  const older = path.join(folder, 'older');
  await writeFile(older, await (await fetch(`${log}/checkpoint`)).text());
  await gateway.call(askService, consumer, { pin });
  await receiptOf((await gateway.call(askService, consumer, { pin })).headers.get('exchange-id'), bearer(own));

  for (const place of [[dataFolder], [log, '--token', auditor]]) {
    const said = await lienthong('log', 'verify', ...place, '--key', vkey, '--from', older);
    t.match(said, /^The log is whole: lienthong\.example\/gateway-1, 30\d entries/);
    t.match(said, /signed by the key given/);
    t.match(said, /continues the older checkpoint/);
    const rows = (await lienthong('log', 'export', ...place, '--from', '255', '--to', '257')).trimEnd().split('\n');
    t.same(
      rows.map((row) => JSON.parse(row).index),
      [255, 256, 257],
    );
    const proven = (await lienthong('log', 'export', ...place, '--from', '250', '--proofs')).trimEnd().split('\n');
    t.ok(proven.length > 50);
    for (const row of proven) verifyReceipt(row, verifier);
  }
  t.match(await lienthong('log', 'verify', dataFolder), /NOT checked/);
  await t.rejects(lienthong('log', 'verify', log), { code: 1, stderr: /401: --token must be one of role auditor/ });
  const another = await keyOfAnotherLog(t.testdir({}));
  await t.rejects(lienthong('log', 'verify', dataFolder, '--key', another), {
    code: 1,
    stderr: /^lienthong: checkpoint: none of the known keys signed the note; .*gateway-1\+[0-9a-f]{8}\. --key may be/,
  });
  await t.rejects(lienthong('log', 'verify', url), { code: 1, stderr: /serves no log: that of a gateway .* \/log/ });
  await t.rejects(lienthong('log', 'verify-receipt', path.join(folder, 'none'), '--key', vkey), {
    code: 1,
    stderr: /none is not there/,
  });
  await t.rejects(lienthong('log', 'export', dataFolder, '--from', '5', '--to', '4'), {
    code: 1,
    stderr: /lies before/,
  });
  await t.rejects(lienthong('log', 'export', dataFolder, '--from', '9999'), {
    code: 1,
    stderr: /the log has the entries 0 to 3\d\d: there is none from 9999 on/,
  });
  const { stdout, stderr } = await run(process.execPath, [
    ...[main, 'log', 'export', dataFolder, '--from', '300', '--to', '9999'],
  ]);
  t.match(stdout, /^\{"index":300,/);
  t.match(stderr, /^the log has the entries 0 to 3\d\d\.\n$/);
});

async function keyOfAnotherLog(parent: string): Promise<string> {
  const another = await openTestLog({ folder: path.join(parent, 'exchange-log'), key: makeLogKey() });
  await another.close();
  return another.vkey;
}
