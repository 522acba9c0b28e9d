import { createHmac } from 'node:crypto';
import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { calculateJwkThumbprint, importJWK, jwtVerify, SignJWT } from 'jose';
import t from 'tap';
import { openKeys } from '../../src/embedded/keys.ts';
import { temporaryFolder } from './fixtures/setting.ts';

t.test('a secret is made once, 32 bytes for each name, readable by its owner alone', async (t) => {
  const folder = await temporaryFolder(t);
  const made = await openKeys(folder).secret('pseudonym');
  t.equal(made.length, 32);
  t.strictSame(await openKeys(folder).secret('pseudonym'), made, 'the next start loads it');
  t.notSame(await openKeys(folder).secret('evidence'), made);
  t.strictSame((await readdir(folder)).sort(), ['evidence.key', 'pseudonym.key'], 'nothing temporary stays');
  for (const file of await readdir(folder)) t.equal((await stat(join(folder, file))).mode & 0o777, 0o600);
});

t.test('many who ask for a new key at once get the same', async (t) => {
  const folder = await temporaryFolder(t);
  const secrets = await Promise.all(Array.from({ length: 20 }, () => openKeys(folder).secret('pseudonym')));
  t.equal(new Set(secrets.map((secret) => secret.toString('hex'))).size, 1);
});

t.test('the signing key is an Ed25519 JWK under its RFC 7638 thumbprint that signs tokens', async (t) => {
  const folder = await temporaryFolder(t);
  const key = await openKeys(folder).signingKey('token');
  t.strictSame(await openKeys(folder).signingKey('token'), key, 'the next start loads it');
  t.equal((await stat(join(folder, 'token.jwk'))).mode & 0o777, 0o600);
  t.equal(key.kid, await calculateJwkThumbprint({ kty: key.kty, crv: key.crv, x: key.x }));
  const token = await new SignJWT({})
    .setProtectedHeader({ alg: 'EdDSA', kid: key.kid })
    .sign(await importJWK({ ...key }));
  const { d: _, ...publicKey } = key;
  t.equal((await jwtVerify(token, await importJWK(publicKey))).protectedHeader.kid, key.kid);
});

t.test('a key file open to others is refused, and so is its name in the message enough to mend it', async (t) => {
  const folder = await temporaryFolder(t);
  const keys = openKeys(folder);
  await keys.secret('evidence');
  await keys.signingKey('token');
  for (const mode of [0o640, 0o604, 0o620, 0o610]) {
    await chmod(join(folder, 'evidence.key'), mode);
    await chmod(join(folder, 'token.jwk'), mode);
    const refusal = { name: 'EmbeddedError', message: new RegExp(`mode 0${mode.toString(8)}.*chmod 600`) };
    await t.rejects(keys.secret('evidence'), refusal);
    await t.rejects(keys.signingKey('token'), refusal);
  }
});

t.test('a damaged key is reported, never replaced: what it protects would be lost', async (t) => {
  const folder = await temporaryFolder(t);
  for (const content of ['', 'c2hvcnQ\n', '{"kty":"OKP"}', '{']) {
    for (const file of ['evidence.key', 'token.jwk']) await writeFile(join(folder, file), content, { mode: 0o600 });
    await t.rejects(openKeys(folder).secret('evidence'), { name: 'EmbeddedError', message: /damaged.*backup/ });
    await t.rejects(openKeys(folder).signingKey('token'), { name: 'EmbeddedError', message: /damaged.*backup/ });
    t.equal(await readFile(join(folder, 'evidence.key'), 'utf8'), content);
  }
});

t.test('a name that could leave the folder is refused', async (t) => {
  const keys = openKeys(await temporaryFolder(t));
  for (const name of ['../token', '', 'A', 'a/b']) {
    await t.rejects(async () => keys.secret(name), { name: 'EmbeddedError' });
    await t.rejects(async () => keys.signingKey(name), { name: 'EmbeddedError' });
  }
});

t.test('generations lie side by side: the newest is used, all are given, one can be removed', async (t) => {
  const folder = await temporaryFolder(t);
  const keys = openKeys(folder);
  const first = await keys.secret('pseudonym');
  const firstToken = await keys.signingKey('token');
  for (let round = 0; round < 10; round += 1) await keys.rotate('pseudonym', 'secret');
  const kid = await keys.rotate('token', 'signing');
  t.equal((await keys.signingKey('token')).kid, kid);
  t.strictSame((await keys.signingKeys('token'))[1], firstToken);
  const generations = await keys.secrets('pseudonym');
  t.equal(new Set(generations.map((one) => one.secret.toString('hex'))).size, 11);
  t.strictSame(generations.at(-1)?.secret, first);
  t.strictSame(await keys.secret('pseudonym'), generations[0].secret);
  t.strictSame(
    await openKeys(folder).present('pseudonym', 'secret'),
    generations.map((one) => one.kid),
  );
  for (const file of await readdir(folder)) t.equal((await stat(join(folder, file))).mode & 0o777, 0o600, file);

  t.equal(await keys.remove('pseudonym', 'secret', generations[5]?.kid ?? ''), true);
  t.equal(await keys.remove('pseudonym', 'secret', generations[5]?.kid ?? ''), false);
  t.strictSame(await keys.secrets('pseudonym'), generations.toSpliced(5, 1));
  t.strictSame(await keys.present('evidence', 'secret'), [], 'asking makes none');
});

t.test('what a crash leaves of a rotation is no key', async (t) => {
  const folder = await temporaryFolder(t);
  const keys = openKeys(folder);
  const first = await keys.secret('evidence');
  for (const name of ['evidence.2.key.0a1b2c.new', 'evidence.1.key', 'evidence.02.key', 'evidence.x.key']) {
    await writeFile(join(folder, name), '', { mode: 0o600 });
  }
  t.strictSame(await keys.secret('evidence'), first);
  await keys.rotate('evidence', 'secret');
  t.equal((await keys.secrets('evidence')).length, 2);
});

t.test('the id of a secret tells nothing that an entry could be compared with', async (t) => {
  const [{ secret, kid }] = await openKeys(await temporaryFolder(t)).secrets('pseudonym');
  t.match(kid, /^[0-9a-f]{16}$/);
  for (const text of ['', kid, 'person\0', 'text\0']) {
    t.not(createHmac('sha256', secret).update(text).digest('hex').slice(0, 16), kid);
  }
});
