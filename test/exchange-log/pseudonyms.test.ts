/** Names that only the holder of the key can make again. */

import { createHash, createHmac } from 'node:crypto';
import t from 'tap';
import { bodyDigest, createPseudonyms } from '../../src/exchange-log/pseudonyms.ts';

const keys = { pseudonym: Buffer.alloc(32, 1), evidence: Buffer.alloc(32, 2) };
const pseudonyms = createPseudonyms(keys);
const pin = '099190000001';

t.test('the same person has the same name, under another key another', async (t) => {
  t.equal(pseudonyms.person(pin), createPseudonyms({ ...keys }).person(pin));
  t.not(pseudonyms.person(pin), createPseudonyms({ ...keys, pseudonym: Buffer.alloc(32, 3) }).person(pin));
  t.match(pseudonyms.person(pin), /^[\w-]{43}$/);
});

t.test('trying every personal number without the key finds nobody', async (t) => {
  const guesses = [pin, `person\0${pin}`].map((guess) => createHash('sha256').update(guess).digest('base64url'));
  t.notOk(guesses.includes(pseudonyms.person(pin)));
});

t.test('a person and a text of the same characters have different names', async (t) => {
  t.not(pseudonyms.person(pin), pseudonyms.text(pin));
  t.not(pseudonyms.text('a'), pseudonyms.person('a'));
});

t.test('an official who signs in with a personal number has another name than that person as a subject', async (t) => {
  t.not(pseudonyms.official(pin), pseudonyms.person(pin));
  const older = Buffer.alloc(32, 4);
  const rotated = createPseudonyms({ ...keys, olderPseudonyms: [older] });
  const before = createPseudonyms({ ...keys, pseudonym: older });
  const people = [pseudonyms.person(pin), before.person(pin)];
  t.same(rotated.officialEver(pin), [pseudonyms.official(pin), before.official(pin), ...people]);
  t.same(rotated.personEver(pin), people, 'nor is the person found by what the official did');
});

t.test('a digest has the form of RFC 9530 and its own key, so that it can be checked without the other', async (t) => {
  const expected = createHmac('sha256', keys.evidence).update('{}').digest('base64');
  t.equal(pseudonyms.digest('{}'), `hmac-sha-256=:${expected}:`);
  t.equal(pseudonyms.digest(Buffer.from('{}')), pseudonyms.digest('{}'));
  t.equal(createPseudonyms({ ...keys, pseudonym: Buffer.alloc(32, 9) }).digest('{}'), pseudonyms.digest('{}'));
});

t.test('no bytes have a digest too', async (t) => {
  t.equal(pseudonyms.digest(new Uint8Array(0)), pseudonyms.digest(''));
});

t.test('after a rotation a person is found under every name, and written under the newest', async (t) => {
  const [older, oldest] = [Buffer.alloc(32, 3), Buffer.alloc(32, 4)];
  const rotated = createPseudonyms({ ...keys, olderPseudonyms: [older, oldest] });
  const under = (key: Buffer) => createPseudonyms({ ...keys, pseudonym: key });
  t.equal(rotated.person(pin), pseudonyms.person(pin));
  t.same(
    rotated.personEver(pin),
    [keys.pseudonym, older, oldest].map((key) => under(key).person(pin)),
  );
  t.same(
    rotated.textEver('m'),
    [keys.pseudonym, older, oldest].map((key) => under(key).text('m')),
  );
  t.same(pseudonyms.personEver(pin), [pseudonyms.person(pin)]);
});

t.test('who holds an evidence key makes the same digest', async (t) => {
  t.equal(bodyDigest(keys.evidence, '{}'), pseudonyms.digest('{}'));
  t.not(bodyDigest(Buffer.alloc(32, 3), '{}'), pseudonyms.digest('{}'));
});
