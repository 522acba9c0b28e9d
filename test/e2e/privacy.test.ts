/** What the gateway writes names nobody: neither log, evidence files nor operational log hold a number, name or address, or a digest that trying them all would break. */

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import t from 'tap';
import { tourSteps } from '../../src/cli/tour-steps.ts';
import { contentBelow, evidenceSettings, makeAuditor } from '../support/evidence-fixture.ts';
import { createTokensOf, projectRoot, writeConfiguration } from '../support/gateway.ts';
import { readLogFiles } from '../support/log-files.ts';

// Starting everything takes its time on a loaded machine.
t.setTimeout(120_000);

const folder = await mkdtemp(path.join(tmpdir(), 'lienthong-privacy-'));
t.teardown(() => rm(folder, { recursive: true, force: true }));
const [config, data] = [path.join(folder, 'config'), path.join(folder, 'data')];
const sealed = ['G01/population/get-person', 'G01/population/get-household', 'G07/social-insurance/get-insurance'];
const evidence = evidenceSettings(
  await makeAuditor(folder, 'auditor-1'),
  sealed.map((service) => `VN/GOV/${service}`),
);
await writeConfiguration(config, { settings: { evidence, logging: { level: 'debug' } } });

const main = path.join(projectRoot, 'src/main.ts');
const gateway = spawn(process.execPath, [main, 'serve', '--config', config, '--data', data, '--port', '0'], {
  stdio: ['ignore', 'pipe', 'pipe'],
});
t.teardown(() => gateway.kill('SIGKILL'));
const operational: Buffer[] = [];
gateway.stderr.on('data', (chunk) => operational.push(chunk));
const url = await new Promise<string>((resolve, reject) => {
  gateway.stdout.on('data', (chunk) => {
    operational.push(chunk);
    const [, found] = /"url":"([^"]+)"/.exec(Buffer.concat(operational).toString()) ?? [];
    if (found !== undefined) resolve(found);
  });
  gateway.once('exit', () => reject(new Error(Buffer.concat(operational).toString())));
});

const bodies: string[] = [];
const tokenOf = createTokensOf(data);
const cast = ['099190000001', '099088000002', '099065000003', '099216000004', '099175000006'];

async function ask(service: string, client: string, message: unknown, headers: Readonly<Record<string, string>> = {}) {
  const body = typeof message === 'string' ? message : JSON.stringify(message);
  const response = await fetch(`${url}/r1/VN/GOV/${service}/v1`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-road-client': `VN/GOV/${client}`,
      authorization: `Bearer ${await tokenOf(`VN/GOV/${client}`)}`,
      ...headers,
    },
    body,
  });
  bodies.push(body, await response.text());
}

for (const { service, client, message, headers } of tourSteps) await ask(service, client, message, headers);
for (const pin of cast) {
  await ask('G01/population/get-person', 'G07/social-protection', { pin });
  await ask('G01/population/get-household', 'G22/public-service-portal', { pin });
  await ask('G01/population/confirm-residence', 'G22/public-service-portal', { pin });
  // Where callers put what does not belong there.
  const careless = { 'x-road-userid': pin, 'x-road-id': `query-about-${pin}`, 'x-road-issue': `${pin} Nguyen Thi Hoa` };
  await ask('G15/civil-status/get-marital-status', 'G22/public-service-portal', { pin }, careless);
  await ask('G01/population/get-person', 'G07/social-protection', { pin, fullName: 'Nguyễn Thị Hòa' }, careless);
  await ask('G01/population/get-person', 'G07/social-protection', `{"pin":"${pin}"`, careless);
  await ask(`G01/population/get-person-${pin}`, 'G07/social-protection', { pin }, careless);
}
const metrics = await (await fetch(`${url}/metrics`)).text();
const ended = once(gateway, 'exit');
gateway.kill('SIGTERM');
await ended;

/** Numbers, and whatever is written with Vietnamese letters: names, places, addresses. */
const people = new Set([...cast, 'NGUYEN THI HOA', 'Nguyen Thi Hoa']);
function gather(value: unknown): void {
  if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) gather(inner);
  if (typeof value !== 'string' || value.length < 5) return;
  if (/^\d{12}$/.test(value) || /[À-ỹ]/.test(value)) people.add(value);
}
for (const body of bodies) if (body.startsWith('{') && body.endsWith('}')) gather(JSON.parse(body));

const written = new Map([
  ['exchange log and evidence', await contentBelow(path.join(data, 'exchange-log'))],
  ['operational log', Buffer.concat(operational)],
  ['metrics', Buffer.from(metrics)],
]);

/** As bytes, as hex, and as base64 at each of the three places where a group of it can begin. */
function forms(value: string): Buffer[] {
  const bytes = Buffer.from(value);
  const base64 = [0, 1, 2].map((shift) => {
    const whole = Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    // The characters at either end hold bits of what stands beside it.
    return whole.slice(shift === 0 ? 0 : shift + 1, bytes.length % 3 === 0 && shift === 0 ? undefined : -1);
  });
  const texts = [bytes.toString('hex'), bytes.toString('hex').toUpperCase(), ...base64];
  const escaped = JSON.stringify(value)
    .slice(1, -1)
    .replace(/[^ -~]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return [
    bytes,
    ...[...texts, ...texts.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')), escaped].map((text) =>
      Buffer.from(text),
    ),
  ];
}

t.test('the run was worth looking at', async (t) => {
  const entries = (await readLogFiles(path.join(data, 'exchange-log'))).map((entry) => JSON.parse(entry.toString()));
  t.equal(entries.length, bodies.length / 2);
  t.ok(entries.some(({ answer }) => answer?.sealed !== undefined));
  t.ok(entries.some(({ answer }) => answer?.digest.startsWith('hmac-sha-256=')));
  t.ok(people.size > 20, `${people.size} numbers, names and addresses`);
});

t.test('the search finds what is there', async (t) => {
  for (const [nth, form] of forms('Nguyễn Thị Hòa').entries()) {
    const texts = ['x', 'xy', 'xyz'].map((before) => `${before}Nguyễn Thị Hòa!`);
    const all = texts.flatMap((text) => [
      text,
      Buffer.from(text).toString('base64'),
      Buffer.from(text).toString('base64url'),
      Buffer.from(text).toString('hex'),
      Buffer.from(text).toString('hex').toUpperCase(),
      'Nguy\\u1ec5n Th\\u1ecb H\\u00f2a',
    ]);
    t.ok(
      all.some((text) => text.includes(form.toString())),
      `form ${nth}`,
    );
  }
});

for (const [place, content] of written) {
  t.test(`${place}: no number, name or address`, async (t) => {
    const found = [...people].filter((value) => forms(value).some((form) => content.includes(form)));
    t.same(found, []);
  });

  t.test(`${place}: no digest that anyone can compute`, async (t) => {
    const guessable = [...people, ...bodies, ...cast.map((pin) => `person\0${pin}`)];
    const found = guessable.filter((value) =>
      ['md5', 'sha1', 'sha256', 'sha512', 'sha3-256'].some((algorithm) => {
        const digest = createHash(algorithm).update(value).digest();
        const texts = [digest.toString('hex'), digest.toString('base64'), digest.toString('base64url')];
        return [digest, ...texts.map((text) => Buffer.from(text))].some((form) => content.includes(form));
      }),
    );
    t.same(found, []);
  });
}
