/** Which tokens of a real authority are accepted, and which are not, whatever else is right about them. */

import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import t from 'tap';
import { keptAnswer } from '../../../src/exchange-log/timestamps/answer.ts';
import { readAuthorities } from '../../../src/exchange-log/timestamps/authorities.ts';
import { timestampRequest } from '../../../src/exchange-log/timestamps/request.ts';
import { openTimestamp } from '../../../src/exchange-log/timestamps/token.ts';
import { createTestTimestamps } from '../../support/timestamp-authority.ts';

t.setTimeout(120_000);

const timestamps = await createTestTimestamps(t);
const strangers = await createTestTimestamps(t);
await timestamps.addSigner('signer');
const authorities = await readAuthorities(timestamps.caFile);
const note = Buffer.from('lienthong.example/test\n1\nAAAA\n');
const nonce = Buffer.from('4142434445464748', 'hex');
const request = timestampRequest({ note, nonce, policy: undefined });
const right = keptAnswer(await timestamps.reply(request));

t.test('a token for exactly this note', async (t) => {
  const { generatedMs, policy, nonce: answered } = await openTimestamp(right, note, authorities);
  t.ok(Math.abs(generatedMs - Date.now()) < 60_000);
  t.equal(policy, '1.2.3.4.1');
  t.same(answered, nonce);
  await writeFile(path.join(timestamps.folder, 'kept.tsr'), right);
  await writeFile(path.join(timestamps.folder, 'note'), note);
  t.ok(await timestamps.verify('kept.tsr', 'note'), 'openssl ts accepts what is kept');
});

t.test('under the policy that was asked for', async (t) => {
  const asked = timestampRequest({ note, nonce, policy: '1.2.3.4.5' });
  t.match(await openTimestamp(keptAnswer(await timestamps.reply(asked)), note, authorities), { policy: '1.2.3.4.5' });
});

t.test('by a certificate that another one leads to the root', async (t) => {
  const signer = await timestamps.addSigner('lower', { below: 'between' });
  const kept = keptAnswer(await timestamps.reply(request, signer));
  t.match(await openTimestamp(kept, note, authorities), { policy: '1.2.3.4.1' });
});

t.test('for another note', async (t) => {
  const opening = openTimestamp(right, Buffer.from('lienthong.example/test\n2\nAAAA\n'), authorities);
  await t.rejects(opening, { name: 'TimestampError', message: 'it is for other bytes than this checkpoint' });
});

t.test('by an authority that nobody trusts', async (t) => {
  await strangers.addSigner('signer');
  const opening = openTimestamp(keptAnswer(await strangers.reply(request)), note, authorities);
  await t.rejects(opening, { name: 'TimestampError', message: /does not lead to an authority that is trusted/ });
  await t.rejects(openTimestamp(right, note, []), { name: 'TimestampError', message: /does not lead/ });
});

t.test('under a certificate that is not in force', async (t) => {
  for (const [name, changes] of [
    ['expired', { from: '20200101000000Z', until: '20200201000000Z' }],
    ['early', { from: '20980101000000Z' }],
  ] as const) {
    const kept = keptAnswer(await timestamps.reply(request, await timestamps.addSigner(name, changes)));
    const refusal = { name: 'TimestampError', message: 'its certificate was not in force at that time' };
    await t.rejects(openTimestamp(kept, note, authorities), refusal, name);
  }
});

t.test('under a certificate that is not for timestamps alone', async (t) => {
  await openTimestamp(await timestamps.sign(right, 'signer'), note, authorities);
  for (const [name, usage] of [
    ['server', 'critical,serverAuth'],
    ['lax', 'timeStamping'],
    ['both', 'critical,timeStamping,serverAuth'],
  ] as const) {
    const kept = await timestamps.sign(right, await timestamps.addSigner(name, { usage }));
    const refusal = { name: 'TimestampError', message: 'its certificate is not for timestamps alone' };
    await t.rejects(openTimestamp(kept, note, authorities), refusal, usage);
  }
});

t.test('whose signature names no certificate, or is of something else', async (t) => {
  const unnamed = await timestamps.sign(right, 'signer', { naming: false });
  await t.rejects(openTimestamp(unnamed, note, authorities), { message: /does not say which certificate/ });
  const other = await timestamps.sign(right, 'signer', { type: 'id-smime-ct-receipt' });
  await t.rejects(openTimestamp(other, note, authorities), { message: 'it is not a timestamp that is signed' });
});

t.test('the expiry of its certificate does not end a token', async (t) => {
  const until = `${new Date(Date.now() + 3000).toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`;
  const signer = await timestamps.addSigner('soon', { until });
  const kept = keptAnswer(await timestamps.reply(request, signer));
  await new Promise((resolve) => setTimeout(resolve, 3500));
  t.ok(await openTimestamp(kept, note, authorities));
});

t.test('a single flipped bit ends a token, also where no signature covers it', async (t) => {
  for (let at = 0; at < right.byteLength; at += 3) {
    const changed = Buffer.from(right);
    changed[at] = (changed[at] as number) ^ (1 << (at % 8));
    await t.rejects(openTimestamp(changed, note, authorities), { name: 'TimestampError' }, `byte ${at}`);
  }
  for (const changed of [right.subarray(0, -1), Buffer.concat([right, Buffer.of(0)]), Buffer.alloc(0)]) {
    await t.rejects(openTimestamp(changed, note, authorities), { name: 'TimestampError' });
  }
});

t.test('answers that are none', (t) => {
  const nested = Buffer.alloc(60_000, Buffer.of(0x30, 0x80));
  for (const answer of [Buffer.alloc(0), Buffer.from('hello'), right.subarray(9), nested, Buffer.of(0x30, 0)]) {
    t.throws(() => keptAnswer(answer), { name: 'TimestampError' });
  }
  t.end();
});

t.test('a refusal is told with the reason that the authority gives', async (t) => {
  const asked = timestampRequest({ note, nonce, policy: '9.9.9'.replace('9', '1') });
  const answer = await timestamps.reply(asked);
  t.throws(() => keptAnswer(answer), { message: 'the authority refused: rejection (unacceptedPolicy)' });
});

t.test('a file without an authority’s certificate', async (t) => {
  const folder = t.testdir({ 'none.pem': 'x', 'broken.pem': pem('AAAA') });
  const file = (name: string) => path.join(folder, name);
  await t.rejects(readAuthorities(file('absent.pem')), { message: /absent\.pem cannot be read \(ENOENT\)/ });
  await t.rejects(readAuthorities(file('none.pem')), { message: /holds no certificate in PEM form/ });
  await t.rejects(readAuthorities(file('broken.pem')), { message: /certificate 1 cannot be read/ });
  const leaf = path.join(timestamps.folder, 'signer.pem');
  await t.rejects(readAuthorities(leaf), { message: /certificate 1 is not that of an authority/ });
});

function pem(base64: string): string {
  return `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`;
}
