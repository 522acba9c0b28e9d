/** Sealed evidence from end to end: an auditor gets and opens what was exchanged, each look is recorded, an erased person is unreadable for all time. */

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import type { AuditScope, Role } from '../../src/exchange/callers.ts';
import type { LoggedEntry } from '../support/answers.ts';
import { contentBelow, evidenceSettings, makeAuditor } from '../support/evidence-fixture.ts';
import { createTokensOf, projectRoot, readReply, writeConfiguration } from '../support/gateway.ts';
import { askService, brokenService, fragileService, startTroubledGateway, troubledSetup } from '../support/troubled.ts';

t.setTimeout(120_000);

const run = promisify(execFile);
const main = path.join(projectRoot, 'src/main.ts');
const lienthong = async (...options: string[]) => (await run(process.execPath, [main, ...options])).stdout;
const consumer = 'G07/social-protection';
const hoa = '099190000001';
const duc = '099088000002';

const folder = await mkdtemp(path.join(tmpdir(), 'lienthong-sealed-'));
t.teardown(() => rm(folder, { recursive: true, force: true }));
const auditor = await makeAuditor(folder, 'auditor-1');
const settings = { evidence: evidenceSettings(auditor, [`VN/GOV/${askService}`, `VN/GOV/${fragileService}`]) };

t.test('a gateway that seals', async (t) => {
  const gateway = await startTroubledGateway(t, { settings });
  const { url, dataFolder } = gateway;
  const logFolder = path.join(dataFolder, 'exchange-log');
  const bearer = async (role: Role, changes: { scopes?: AuditScope[]; confinedTo?: string } = {}) => ({
    authorization: `Bearer ${await gateway.gateway.issueToken({ id: `${role}-1`, role, lifetimeSeconds: 60, ...changes })}`,
  });
  const evidenceOf = async (id: string | null, headers: object) =>
    fetch(`${url}/v1/audit/exchanges/${id}/evidence`, { headers: { ...headers } }).then(readReply);
  const erase = async (body: unknown, headers: object) =>
    fetch(`${url}/v1/admin/subjects/erase-key`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    }).then(readReply);
  const audits = await bearer('auditor', { scopes: ['evidence'] });
  const operates = await bearer('operator');
  const entryOf = async (headers: Headers) =>
    (await gateway.entries())[Number(headers.get('exchange-log-index'))] as LoggedEntry;

  const asked = await gateway.call(askService, consumer, { pin: hoa });
  const id = asked.headers.get('exchange-id');
  const plain = await gateway.call(brokenService, consumer, { pin: hoa });
  const refused = await gateway.call(askService, 'H41/one-stop', { pin: duc });

  await t.test('the entry holds digests of what is sealed; other services’ hold keyed ones', async (t) => {
    const sealed = { digest: /^sha-256=:/, sealed: { file: /^\d{8}-/, offset: Number } };
    t.match(await entryOf(asked.headers), { request: sealed, answer: sealed });
    t.match(await entryOf(refused.headers), { problem: 'agreement-missing', request: sealed });
    const { request } = await entryOf(plain.headers);
    t.match(request.digest, /^hmac-sha-256=:/);
    t.notOk('sealed' in request);
  });

  const file = path.join(folder, 'evidence.json');
  const receipt = path.join(folder, 'receipt.json');
  const vkey = (await lienthong('log', 'key', '--data', dataFolder)).trim();

  await t.test('an auditor opens it offline and holds it against the receipt', async (t) => {
    const { status, headers, body } = await evidenceOf(id, audits);
    t.equal(status, 200);
    t.equal(headers.get('cache-control'), 'no-store');
    await writeFile(file, JSON.stringify(body));
    const all = await bearer('auditor', { scopes: ['exchanges', 'evidence'] });
    await writeFile(receipt, await (await fetch(`${url}/v1/exchanges/${id}/receipt`, { headers: all })).text());
    const args = ['evidence', 'open', file, '--key', auditor.privateFile];
    const opened = JSON.parse(await lienthong(...args, '--receipt', receipt, '--log-key', vkey));
    t.same(opened, { exchange: id, request: JSON.stringify({ pin: hoa }), answer: JSON.stringify(asked.body) });
    t.same(JSON.parse(await lienthong(...args)), opened);
  });

  await t.test('neither another key nor another exchange’s receipt will do', async (t) => {
    const stranger = await makeAuditor(folder, 'auditor-2');
    const wrongKey = lienthong('evidence', 'open', file, '--key', stranger.privateFile);
    await t.rejects(wrongKey, { code: 1, stderr: /is sealed for the keys "auditor-1", and this one is "auditor-2"/ });
    const other = await gateway.call(askService, consumer, { pin: duc });
    const { body } = await evidenceOf(other.headers.get('exchange-id'), audits);
    const otherFile = path.join(folder, 'other.json');
    await writeFile(otherFile, JSON.stringify(body));
    const options = ['--key', auditor.privateFile, '--receipt', receipt, '--log-key', vkey];
    await t.rejects(lienthong('evidence', 'open', otherFile, ...options), {
      code: 1,
      stderr: /the entry is of another exchange/,
    });
    await t.rejects(lienthong('evidence', 'open', file, '--key', auditor.publicFile), {
      code: 1,
      stderr: /no private key/,
    });
  });

  await t.test('each look is recorded with the person whom it is about', async (t) => {
    const { headers } = await evidenceOf(id, audits);
    const { subject } = await entryOf(asked.headers);
    const look = { kind: 'audit', look: 'evidence', role: 'auditor', subject, filters: { exchange: id } };
    t.match(await entryOf(headers), look);
  });

  await t.test('it is for auditors with the scope, within their member', async (t) => {
    for (const headers of [operates, await bearer('auditor', { scopes: ['exchanges'] })]) {
      t.match(await evidenceOf(id, headers), { status: 403, body: { code: 'role-not-allowed' } });
    }
    t.equal((await evidenceOf(id, {})).status, 401);
    const within = async (confinedTo: string) => bearer('auditor', { scopes: ['evidence'], confinedTo });
    t.equal((await evidenceOf(id, await within('VN/GOV/G07'))).status, 200, 'of the consumer');
    t.equal((await evidenceOf(id, await within('VN/GOV/G18'))).status, 200, 'of the owner of the service');
    const others = await evidenceOf(id, await within('VN/GOV/G0'));
    t.equal(others.status, 404);
    t.notOk('subject' in (await entryOf(others.headers)), 'who learnt nothing has looked at nobody');
    t.equal((await evidenceOf(plain.headers.get('exchange-id'), audits)).status, 404, 'nothing sealed');
    t.equal((await evidenceOf('not-an-id', audits)).status, 404);
    t.equal((await evidenceOf('01981f2e-7c00-7000-8000-000000000000', audits)).status, 404);
  });

  await t.test('log verify finds the evidence in order, and names a flipped byte and a missing file', async (t) => {
    await fetch(`${url}/v1/exchanges/${id}/receipt`, { headers: await bearer('auditor') });
    const verify = (place: string, ...options: string[]) =>
      lienthong('log', 'verify', place, '--key', vkey, ...options);
    t.match(
      await verify(logFolder, '--evidence', 'all'),
      /Sealed evidence of [1-9]\d* exchanges is as it was recorded, none/,
    );
    t.match(await verify(logFolder), /none too many/, 'evidence files are not extra');
    const copy = path.join(folder, 'copy');
    await cp(logFolder, copy, { recursive: true });
    const [name = ''] = await readdir(path.join(copy, 'evidence'));
    const bytes = await readFile(path.join(copy, 'evidence', name));
    bytes.writeUInt8(bytes.readUInt8(700) ^ 4, 700);
    await writeFile(path.join(copy, 'evidence', name), bytes);
    await t.rejects(verify(copy, '--evidence', 'all'), {
      code: 1,
      stderr: new RegExp(`evidence/${name}: the record at byte 0 does`),
    });
    const added = '00000999-2026-03-02.sealed';
    await writeFile(path.join(copy, 'evidence', added), '');
    t.match(await verify(copy), new RegExp(`^NOTE: 1 evidence files are named by no entry: ${added}\\. `, 'm'));
    await rm(path.join(copy, 'evidence', added));
    await rm(path.join(copy, 'evidence', name));
    await t.rejects(verify(copy, '--evidence', 'all'), {
      code: 1,
      stderr: new RegExp(`evidence/${name}: the file is missing`),
    });
    t.match(await verify(copy, '--evidence', 'present'), /of \d+ more the 1 evidence files are gone/);
    await t.rejects(verify(`${url}/log`, '--evidence', 'all'), { code: 1, stderr: /needs the folder/ });
  });

  await t.test('erasing is for operators, and wants a number and a reason', async (t) => {
    const good = { pin: hoa, reason: 'subject-request' };
    t.equal((await erase(good, {})).status, 401);
    const refused = await erase(good, audits);
    t.match(refused, { status: 403, body: { code: 'role-not-allowed' } });
    const attempt = await entryOf(refused.headers);
    t.match(attempt, { kind: 'admin', action: 'erase-subject-key', role: 'auditor', status: 403 });
    t.same([attempt.problem, attempt.subject, attempt.reason], ['role-not-allowed', undefined, undefined]);
    for (const bad of [
      { pin: '12', reason: 'subject-request' },
      { pin: hoa, reason: 'Hòa asked' },
      { ...good, more: 1 },
      [],
    ]) {
      t.match(await erase(bad, operates), { status: 422, body: { code: 'message-invalid' } });
    }
    t.match((await erase({ pin: hoa, reason: 'x' }, operates)).body, { detail: /^reason must be one of/ });
    t.equal((await erase('{', operates)).status, 400);
    t.notOk(
      (await gateway.entries()).some(({ kind, status }) => kind === 'admin' && status !== 403),
      'nothing was done',
    );
  });

  await t.test('after erasing nobody reads it, every proof still holds, and others are not touched', async (t) => {
    const keyFile = path.join(dataFolder, 'keys/subjects.db');
    const backup = path.join(folder, 'subjects.backup');
    await copyFile(keyFile, backup);
    const { status, headers } = await erase({ pin: hoa, reason: 'subject-request' }, operates);
    t.equal(status, 204);
    const { subject } = await entryOf(asked.headers);
    t.match(await entryOf(headers), { kind: 'admin', action: 'erase-subject-key', reason: 'subject-request', subject });
    t.match(await evidenceOf(id, audits), { status: 410, body: { code: 'evidence-erased' } });
    t.equal((await erase({ pin: hoa, reason: 'subject-request' }, operates)).status, 204, 'as often as one likes');
    const again = await gateway.call(askService, consumer, { pin: hoa });
    t.equal((await evidenceOf(again.headers.get('exchange-id'), audits)).status, 200, 'a new exchange has a new key');
    const other = (await gateway.entries()).findLast(({ problem, kind }) => kind === 'query' && problem !== undefined);
    t.equal((await evidenceOf(other?.id ?? '', audits)).status, 200);
    t.match(
      await lienthong('log', 'verify', logFolder, '--key', vkey, '--evidence', 'all'),
      /as it was recorded, none/,
    );
    await gateway.gateway.close();

    await copyFile(backup, keyFile);
    t.match(
      await lienthong('evidence', 'reapply-erasures', '--data', dataFolder),
      /^2 erasures of the log are in force/,
    );
    const { openSubjectKeyStore } = await import('../../src/exchange-log/evidence/subject-key-store.ts');
    const { header } = JSON.parse(await readFile(file, 'utf8'));
    const { subjectKey } = JSON.parse(Buffer.from(header, 'base64').toString());
    const store = openSubjectKeyStore(keyFile);
    t.same(
      store.run([{ kind: 'find', subject: subject as string, id: subjectKey }]),
      [undefined],
      'a backup brings nothing back',
    );
    store.close();
  });
});

t.test('a disk that fails under the evidence ends sealed services only, and says so', async (t) => {
  let broken = false;
  const gateway = await startTroubledGateway(t, {
    settings: { evidence: evidenceSettings(auditor, [`VN/GOV/${askService}`]) },
    wrapLogDisk: (disk) => ({
      ...disk,
      async open(name, which) {
        const file = await disk.open(name, which);
        const sync = async () => {
          if (broken) throw Object.assign(new Error('EIO'), { code: 'EIO' });
          await file.sync();
        };
        return name.endsWith('.sealed') ? { ...file, sync } : file;
      },
    }),
  });
  const ask = (service: string) => gateway.call(service, consumer, { pin: hoa }, { 'x-road-userid': 'official-1' });
  t.equal((await ask(askService)).status, 200);
  broken = true;
  for (let tries = 0; tries < 2; tries += 1) {
    const { status, headers, body } = await ask(askService);
    t.equal(status, 503);
    t.equal(body.code, 'log-unavailable');
    t.match((await gateway.entries()).at(-1), { id: headers.get('exchange-id'), problem: 'log-unavailable' });
    broken = false;
  }
  t.equal((await ask(fragileService)).status, 200, 'the others are served');
  t.match(await (await fetch(`${gateway.url}/metrics`)).text(), /lienthong_evidence_writable 0/);
  t.equal((await fetch(`${gateway.url}/health/ready`)).status, 503);
});

t.test('after a kill under load every entry has its evidence', async (t) => {
  const place = path.join(folder, 'killed');
  const [config, data] = [path.join(place, 'config'), path.join(place, 'data')];
  await writeConfiguration(config, { ...troubledSetup, settings });
  const serve = async () => {
    const child = spawn(process.execPath, [main, 'serve', '--config', config, '--data', data, '--port', '0'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    t.teardown(() => child.kill('SIGKILL'));
    for await (const chunk of child.stdout) {
      const [, url] = /"url":"([^"]+)"/.exec(String(chunk)) ?? [];
      if (url !== undefined) return { child, url };
    }
    throw new Error('it did not start');
  };
  const { child, url } = await serve();
  const authorization = `Bearer ${await createTokensOf(data)(`VN/GOV/${consumer}`)}`;
  const ask = (at: string) =>
    fetch(`${at}/r1/VN/GOV/${askService}/v1`, {
      method: 'POST',
      headers: { authorization, 'x-road-client': `VN/GOV/${consumer}`, 'content-type': 'application/json' },
      body: JSON.stringify({ pin: hoa }),
    });
  let answered = 0;
  const exit = once(child, 'exit');
  const asking = Promise.allSettled(
    Array.from({ length: 16 }, async () => {
      while (child.exitCode === null && child.signalCode === null) {
        if ((await ask(url)).status === 200) answered += 1;
        if (answered === 60) child.kill('SIGKILL');
      }
    }),
  );
  await exit;
  await asking;
  const restarted = await serve();
  t.equal((await ask(restarted.url)).status, 200);
  const ended = once(restarted.child, 'exit');
  restarted.child.kill('SIGTERM');
  await ended;
  const [, count] =
    /evidence of (\d+) exchanges is as it was recorded, none/.exec(
      await lienthong('log', 'verify', data, '--evidence', 'all'),
    ) ?? [];
  t.ok(Number(count) > answered, `${count} sealed, ${answered} answered before the kill`);
  t.notOk((await contentBelow(path.join(data, 'exchange-log'))).includes(hoa));
});

t.test('keygen makes a pair that the gateway takes, and writes over nothing', async (t) => {
  const out = t.testdir({});
  await lienthong('evidence', 'keygen', 'auditor-3', '--out', out);
  const publicKey = JSON.parse(await readFile(path.join(out, 'auditor-3.public.jwk'), 'utf8'));
  t.match(publicKey, { kty: 'OKP', crv: 'X25519', kid: 'auditor-3' });
  t.notOk('d' in publicKey);
  await t.rejects(lienthong('evidence', 'keygen', 'auditor-3', '--out', out), { code: 1, stderr: /there already/ });
});
