/** What webhooks carry can be checked: with the code of the documentation, and with OpenSSL; and nothing that was changed passes. */

import { execFile } from 'node:child_process';
import { createPublicKey } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import t from 'tap';
import { createSigning } from '../../src/webhooks/signature.ts';
import { projectRoot } from '../support/gateway.ts';

const run = promisify(execFile);

interface Checked {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly keySet: object;
  readonly nowSeconds?: number;
}

const folder = t.testdir({});
const [, snippet = ''] = /```js\n(.*?)```/s.exec(readFileSync(path.join(projectRoot, 'docs/events.md'), 'utf8')) ?? [];
const file = path.join(folder, 'snippet.mjs');
writeFileSync(file, snippet);
const { isFromGateway } = (await import(pathToFileURL(file).href)) as { isFromGateway: (checked: Checked) => boolean };

const signing = createSigning(Buffer.alloc(32, 7));
const url = 'https://social.example/notices?from=lienthong';
const content = '{"event":"death-registered","name":"Nguyễn Thị Hòa"}';
const createdSeconds = Math.floor(Date.now() / 1000);
const headers = signing.headersOf({ url, content, id: '01890a5d-ac96-774b-bcce-b302099a8057', createdSeconds });
const whole: Checked = { url, headers, body: content, keySet: signing.keySet };

t.test('the code of docs/events.md takes what the gateway signed, and nothing else', async (t) => {
  t.ok(isFromGateway(whole));
  const changed: Record<string, Partial<Checked>> = {
    'another body': { body: content.replace('death', 'birth') },
    'another address': { url: 'https://social.example/other' },
    'another id': { headers: { ...headers, 'webhook-id': '01890a5d-ac96-774b-bcce-b302099a8058' } },
    'another time': {
      headers: {
        ...headers,
        'signature-input': String(headers['signature-input']).replace(/created=\d+/, 'created=1'),
      },
      nowSeconds: 1,
    },
    'an old one': { nowSeconds: createdSeconds + 301 },
    'fewer things covered': {
      headers: { ...headers, 'signature-input': String(headers['signature-input']).replace(' "webhook-id"', '') },
    },
    'the key of somebody else': { keySet: createSigning(Buffer.alloc(32, 8)).keySet },
    'no signature': { headers: { ...headers, signature: '', 'signature-input': '' } },
  };
  for (const [name, change] of Object.entries(changed)) t.notOk(isFromGateway({ ...whole, ...change }), name);
});

t.test('OpenSSL verifies it over a signature base written by hand (RFC 9421 section 2.5)', async (t) => {
  const [key] = signing.keySet.keys;
  const parameters =
    '("@method" "@target-uri" "content-digest" "content-type" "webhook-id")' +
    `;created=${createdSeconds};keyid="${key?.kid}";alg="ed25519";tag="lienthong-webhook"`;
  t.equal(headers['signature-input'], `lienthong=${parameters}`);
  const at = (name: string, data: string | Buffer) => {
    writeFileSync(path.join(folder, name), data);
    return path.join(folder, name);
  };
  const digested = await run('openssl', ['dgst', '-sha256', '-r', at('content', content)]);
  const digest = Buffer.from(digested.stdout.slice(0, 64), 'hex').toString('base64');
  const base = [
    '"@method": POST',
    `"@target-uri": ${url}`,
    `"content-digest": sha-256=:${digest}:`,
    '"content-type": application/json',
    '"webhook-id": 01890a5d-ac96-774b-bcce-b302099a8057',
    `"@signature-params": ${parameters}`,
  ].join('\n');
  const [, signature = ''] = /^lienthong=:(.*):$/.exec(String(headers.signature)) ?? [];
  const pem = createPublicKey({ key: key ?? {}, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
  const flags = ['pkeyutl', '-verify', '-pubin', '-inkey', at('key.pem', pem), '-rawin', '-in', at('base', base)];
  const said = await run('openssl', [...flags, '-sigfile', at('signature', Buffer.from(signature, 'base64'))]);
  t.match(said.stdout, /Verified Successfully/);
});

t.test('all who have the secret sign under one key, which tells nothing of it', async (t) => {
  t.same(createSigning(Buffer.alloc(32, 7)).keySet, signing.keySet);
  t.same(Object.keys(signing.keySet.keys[0] ?? {}).sort(), ['alg', 'crv', 'kid', 'kty', 'use', 'x']);
});
