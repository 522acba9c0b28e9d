/** Two hashes over prepared memory are HMAC-SHA-256 as anyone else computes it. */

import { createHmac, randomBytes } from 'node:crypto';
import t from 'tap';
import { createKeyedHash } from '../src/keyed-hash.ts';

t.test('texts and bytes of every length around the limits are hashed like OpenSSL hashes them', async (t) => {
  const key = randomBytes(32);
  const keyed = createKeyedHash(key);
  const wrong: unknown[] = [];
  const lengths = [0, 1, 55, 56, 63, 64, 65, 700, 2730, 2731, 8191, 8192, 8193, 100_000];
  // Long ones first and last: what stays in memory from the one before must not matter.
  for (const length of [...lengths, ...lengths.toReversed()]) {
    const texts = ['a', 'é', 'Đ', '𝄞', '\ud800'].map((character) => character.repeat(length));
    for (const content of [...texts, randomBytes(length)]) {
      const expected = createHmac('sha256', key).update(content).digest();
      for (const encoding of ['base64', 'base64url'] as const) {
        if (keyed(content, encoding) !== expected.toString(encoding)) wrong.push({ length, encoding, content });
      }
    }
  }
  t.same(wrong, []);
});

t.test('a key of a whole block is taken, a longer one refused', async (t) => {
  const key = randomBytes(64);
  t.equal(createKeyedHash(key)('x', 'base64'), createHmac('sha256', key).update('x').digest('base64'));
  t.throws(() => createKeyedHash(randomBytes(65)), RangeError);
});
