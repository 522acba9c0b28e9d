import { generateKeyPairSync } from 'node:crypto';
import t from 'tap';
import {
  createCosigner,
  createSigner,
  createVerifier,
  formatVerifierKey,
  parseSignerKey,
  parseVerifierKey,
  signatureTypes,
} from '../../../src/exchange-log/note/keys.ts';

const malformed = { name: 'NoteError', fault: 'malformed' };

t.test('verifier keys of other tools come back as they were', async (t) => {
  const published = [
    'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k',
    'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW',
    // Base64 with a plus in it.
    'sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8',
    // A witness's key, type 0x04.
    'Known+fdd35892+BHAQ0T7lbwuY4ABJ9/MYY9bWV3hmSyOGVt2x42NkmdUH',
  ];
  for (const text of published) t.equal(formatVerifierKey(parseVerifierKey(text)), text);
  t.match(parseVerifierKey(published[2] as string), { name: 'sum.golang.org', keyId: 0x033de0ae, type: 1 });
});

t.test('a private key of Go has the public key that Go gives it', async (t) => {
  const { name, privateKey } = parseSignerKey(
    'PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz',
  );
  const { verifier } = createSigner(name, privateKey);
  t.equal(formatVerifierKey(verifier), 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW');
});

t.test('one key has another id for each name and each type of signature', async (t) => {
  const { privateKey } = generateKeyPairSync('ed25519');
  const ids = [
    createSigner('a.example', privateKey).keyId,
    createSigner('b.example', privateKey).keyId,
    createCosigner('a.example', privateKey, () => 0).keyId,
  ];
  t.equal(new Set(ids).size, 3);
});

t.test('a key in any other form is refused, and the message does not hold it', async (t) => {
  const key = 'AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k';
  const texts = [
    '',
    'example.com/foo',
    'example.com/foo+530d903a',
    `+530d903a+${key}`,
    `example.com foo+530d903a+${key}`,
    `example.com\u00a0foo+530d903a+${key}`,
    `example.com\u0001foo+530d903a+${key}`,
    `example.com/foo+530D903A+${key}`,
    `example.com/foo+30d903a+${key}`,
    `example.com/foo+530d903b+${key}`,
    `example.com/bar+530d903a+${key}`,
    `example.com/foo+530d903a+${key}=`,
    `example.com/foo+530d903a+${key.slice(0, -4)}`,
    `example.com/foo+530d903a+${key}AAAA`,
    `example.com/foo+530d903a+${key.replace('Ae', 'Be')}`,
    `example.com/foo+530d903a+${key}\n`,
  ];
  for (const text of texts) t.throws(() => parseVerifierKey(text), malformed, JSON.stringify(text));

  const seed = 'AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz';
  const privateTexts = [
    `PUBLIC+KEY+PeterNeumann+c74f20a3+${seed}`,
    `PRIVATE+LOCK+PeterNeumann+c74f20a3+${seed}`,
    `PRIVATE+PeterNeumann+c74f20a3+${seed}`,
    `PRIVATE+KEY+PeterNeumann+c74f20a4+${seed}`,
    `PRIVATE+KEY+EnochRoot+c74f20a3+${seed}`,
    `PRIVATE+KEY+PeterNeumann+c74f20a3+${seed}AAAA`,
    `PRIVATE+KEY+PeterNeumann+c74f20a3+${seed.slice(1)}`,
  ];
  for (const text of privateTexts) {
    t.throws(() => parseSignerKey(text), malformed);
    try {
      parseSignerKey(text);
    } catch (error) {
      t.notMatch(String(error), seed.slice(4, -4));
    }
  }
});

t.test('names with spaces or a plus, and keys of another kind, sign nothing', async (t) => {
  const { privateKey } = generateKeyPairSync('ed25519');
  const names = ['', 'a b', 'a+b', 'a\nb', 'a\u2003b', 'a\u0085b', 'a\u0000b', 'a\ud800b'];
  for (const name of names) t.throws(() => createSigner(name, privateKey), malformed, JSON.stringify(name));
  t.throws(() => createVerifier('a', signatureTypes.ed25519, Buffer.alloc(31)), malformed);
  const { privateKey: other } = generateKeyPairSync('ed448');
  t.throws(() => createSigner('a', other), { name: 'TypeError', message: 'the key is not Ed25519' });
});
