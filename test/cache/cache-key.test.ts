/** What lies in Redis has one form, whichever version of the gateway wrote it: during an upgrade both read the same. */

import { createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import t from 'tap';
import { createCacheKey, generationBytes } from '../../src/cache/cache-key.ts';

const secret = randomBytes(32);
const key = createCacheKey(secret);
const place = 'lienthong:{somebody}question';
const generation = randomBytes(generationBytes);
const sealedAnswer = {
  answer: { found: true, record: { name: 'Nguyễn Thị Hoà' } },
  storedAtMs: 1_793_000_000_123,
  ttlMs: 60_000,
};

function hmac(purpose: string, data: string | Buffer = ''): Buffer {
  return createHmac('sha256', secret).update(`${purpose}\0`).update(data).digest();
}

t.test('people and questions have 128 bits of an HMAC for a name', async (t) => {
  t.equal(key.subjectName('099190000001'), hmac('subject', '099190000001').subarray(0, 16).toString('base64url'));
  t.equal(key.questionName('digest'), hmac('question', 'digest').subarray(0, 16).toString('base64url'));
});

t.test('an answer is version, key id, generation, nonce and AES-256-GCM under the generation’s own key', async (t) => {
  const sealed = key.seal(place, generation, sealedAnswer);
  const head = Buffer.concat([Buffer.of(1), hmac('id').subarray(0, 4), generation]);
  t.same(sealed.subarray(0, head.length), head);
  const nonce = sealed.subarray(head.length, head.length + 12);
  const decipher = createDecipheriv('aes-256-gcm', hmac('answer', generation), nonce);
  decipher.setAAD(Buffer.concat([head, Buffer.from(place)])).setAuthTag(sealed.subarray(-16));
  const opened = Buffer.concat([decipher.update(sealed.subarray(head.length + 12, -16)), decipher.final()]);
  t.same([opened.readDoubleBE(0), opened.readDoubleBE(8)], [sealedAnswer.storedAtMs, sealedAnswer.ttlMs]);
  t.same(JSON.parse(opened.toString('utf8', 16)), sealedAnswer.answer);
});

t.test('it opens for its own place, generation and key alone, whole and unchanged', async (t) => {
  const sealed = key.seal(place, generation, sealedAnswer);
  const answerBytes = Buffer.byteLength(JSON.stringify(sealedAnswer.answer));
  t.same(key.open(place, generation, sealed), { ...sealedAnswer, answerBytes });
  t.equal(key.open(`${place}2`, generation, sealed), undefined);
  t.equal(key.open(place, randomBytes(generationBytes), sealed), undefined);
  t.equal(createCacheKey(randomBytes(32)).open(place, generation, sealed), undefined);
  for (let at = 0; at < sealed.length; at += 1) {
    const changed = Buffer.from(sealed);
    changed[at] = (changed[at] as number) ^ 1;
    if (key.open(place, generation, changed) !== undefined) t.fail(`byte ${at} may change`);
    if (key.open(place, generation, sealed.subarray(0, at)) !== undefined) t.fail(`${at} bytes are enough`);
  }
});
