/** Which bearer tokens are believed: signed by a trusted key with a strong algorithm, for this gateway, for now. */

import { createHmac, createPublicKey } from 'node:crypto';
import { exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';
import t from 'tap';
import { createTokens, issueToken, type TokenSettings } from '../../src/identity/tokens.ts';
import type { Problem } from '../../src/problems.ts';
import { createSettableClock } from '../support/clock-fixture.ts';
import { createIdentityFixture, tokenSettings } from '../support/identity-fixture.ts';

const clock = createSettableClock();
const anyPin = () => undefined;
const nowSeconds = () => Math.floor(clock.nowMs() / 1000);
const { tokens, key, token } = await createIdentityFixture(clock);
const publicOf = ({ d: _private, ...rest }: JWK): JWK => rest;

const claims = (changes: JWTPayload = {}): JWTPayload => ({
  sub: 'VN/GOV/G22/portal',
  aud: 'lienthong',
  iat: nowSeconds(),
  exp: nowSeconds() + 600,
  ...changes,
});

const sign = (payload: JWTPayload, header: object = {}, by: JWK = key) =>
  new SignJWT(payload).setProtectedHeader({ alg: by.alg ?? 'EdDSA', kid: by.kid ?? 'own', ...header }).sign(by);

async function makeKey(alg: string, kid: string): Promise<JWK> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  return { ...(await exportJWK(privateKey)), alg, kid };
}

const detailOf = async (given: string | Promise<string>, from = tokens): Promise<string> => {
  try {
    await from.verify(await given);
    return 'accepted';
  } catch (error) {
    const { code, detail } = error as Problem;
    return code === 'token-invalid' ? detail : `unexpected ${code}`;
  }
};

const client = { role: 'client', scopes: new Set(), confinedTo: undefined };

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

t.test('a token names its subject and its role', async (t) => {
  t.same(await tokens.verify(await token('VN/GOV/G22')), { ...client, id: 'VN/GOV/G22' });
  t.same(await tokens.verify(await token('someone', { role: 'auditor' })), {
    ...client,
    id: 'someone',
    role: 'auditor',
  });
  t.same(
    await tokens.verify(await sign(claims())),
    { ...client, id: 'VN/GOV/G22/portal' },
    'a client if none is named',
  );
});

t.test('ES256 keys of further issuers are trusted beside the own one', async (t) => {
  const other = await makeKey('ES256', 'other');
  const both = createTokens({ keys: [publicOf(key), publicOf(other)] }, tokenSettings, clock, anyPin);
  t.equal(await detailOf(sign(claims(), {}, other), both), 'accepted');
  t.equal(await detailOf(sign(claims()), both), 'accepted');
});

t.test('a key that is not trusted signs nothing that is believed', async (t) => {
  const stranger = await makeKey('EdDSA', 'stranger');
  t.match(await detailOf(sign(claims(), {}, stranger)), /signed by a key that is not trusted here/);
  t.equal(await detailOf(sign(claims(), { kid: 'own' }, stranger)), 'The signature does not verify.');
});

t.test('the header of a token chooses neither key nor algorithm', async (t) => {
  const strong = 'Only EdDSA and ES256 signatures are accepted.';
  const { x } = key;
  const secrets = [Buffer.from(x ?? '', 'base64url'), Buffer.from(JSON.stringify(publicOf(key)))];
  const spki = createPublicKey({ key: publicOf(key) as never, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
  for (const secret of [...secrets, Buffer.from(spki)]) {
    const signed = `${encode({ alg: 'HS256', kid: 'own' })}.${encode(claims())}`;
    const mac = createHmac('sha256', secret).update(signed).digest('base64url');
    t.equal(await detailOf(`${signed}.${mac}`), strong, 'HS256 with the public key as its secret');
  }
  t.equal(await detailOf(`${encode({ alg: 'none' })}.${encode(claims())}.`), strong);
  t.equal(await detailOf(sign(claims(), {}, await makeKey('RS256', 'own'))), strong);
  const stranger = await makeKey('EdDSA', 'own');
  t.equal(await detailOf(sign(claims(), { jwk: publicOf(stranger) }, stranger)), 'The signature does not verify.');
});

t.test('a token whose content or signature was changed is refused', async (t) => {
  const [header, , signature] = (await sign(claims())).split('.');
  const changed = encode(claims({ sub: 'VN/GOV/G12/tax' }));
  t.equal(await detailOf(`${header}.${changed}.${signature}`), 'The signature does not verify.');
  const [, payload] = (await sign(claims())).split('.');
  t.equal(await detailOf(`${header}.${payload}.`), 'The signature does not verify.');
});

t.test('what is no signed JWT is refused', async (t) => {
  for (const wrong of ['', 'x', 'a.b', 'a.b.c', 'a.b.c.d', '..', `${encode({ alg: 'EdDSA' })}.e30.`, '%00.%00.%00']) {
    t.not(await detailOf(wrong), 'accepted', wrong);
  }
});

t.test('a token for another audience, or for none, is refused', async (t) => {
  t.match(await detailOf(sign(claims({ aud: 'another' }))), /"aud" is missing or wrong/);
  const { aud: _none, ...rest } = claims();
  t.match(await detailOf(sign(rest)), /"aud" is missing or wrong/);
  t.equal(await detailOf(sign(claims({ aud: ['another', 'lienthong'] }))), 'accepted');
});

for (const claim of ['sub', 'exp', 'iat']) {
  t.test(`a token without ${claim} is refused`, async (t) => {
    const { [claim]: _left, ...rest } = claims();
    t.match(await detailOf(sign(rest)), new RegExp(`"${claim}" is missing or wrong`));
  });
}

t.test('a token holds until its end, with the tolerance for clocks', async (t) => {
  const exp = nowSeconds() + 600;
  const fresh = () => sign(claims({ exp }), { nonce: String(Math.random()) });
  const { advance, nowMs } = createSettableClock();
  const moved = createTokens({ keys: [publicOf(key)] }, tokenSettings, { nowMs }, anyPin);
  advance(629_999);
  t.equal(await detailOf(fresh(), moved), 'accepted');
  advance(1);
  t.equal(await detailOf(fresh(), moved), 'The token has expired.');
});

t.test('a token that was checked before expires all the same', async (t) => {
  const moving = createSettableClock();
  const moved = createTokens({ keys: [publicOf(key)] }, tokenSettings, moving, anyPin);
  const given = await sign(claims());
  t.equal(await detailOf(given, moved), 'accepted');
  moving.advance(629_999);
  t.notOk(moved.verify(given) instanceof Promise, 'its signature is not checked again');
  moving.advance(1);
  t.equal(await detailOf(given, moved), 'The token has expired.');
});

t.test('a token that is not valid yet is refused', async (t) => {
  t.match(await detailOf(sign(claims({ nbf: nowSeconds() + 31 }))), /"nbf"/);
  t.equal(await detailOf(sign(claims({ nbf: nowSeconds() + 30 }))), 'accepted');
});

t.test('a lifetime above the limit is refused, and no date gets around it', async (t) => {
  const day = tokenSettings.tokenLifetimeSecondsMax;
  t.equal(await detailOf(sign(claims({ exp: nowSeconds() + day }))), 'accepted');
  t.match(await detailOf(sign(claims({ exp: nowSeconds() + day + 1 }))), /lives longer than 86400 seconds/);
  const inTenYears = nowSeconds() + 10 * 365 * day;
  t.match(await detailOf(sign(claims({ iat: inTenYears, exp: inTenYears + 60 }))), /"iat"/);
  t.match(await detailOf(sign(claims({ iat: 1e300, exp: inTenYears }))), /"iat"|not a well-formed/);
  t.not(await detailOf(sign(claims({ iat: -1e300, exp: inTenYears }))), 'accepted');
});

t.test("a citizen's token names a person, or is refused", async (t) => {
  t.equal(await detailOf(token('099190000001', { role: 'citizen' })), 'accepted');
  const refused = "The subject of a citizen's token must be a personal identification number";
  t.match(await detailOf(token('12345', { role: 'citizen' })), refused);
  t.match(await detailOf(token('VN/GOV/G22', { role: 'citizen' })), refused);
});

t.test('claims of the wrong type are refused', async (t) => {
  const wrong = [
    { sub: '' },
    { sub: 7 },
    { sub: null },
    { exp: '9999999999' },
    { iat: 'now' },
    { role: 'owner' },
    { role: 'auditor', member: 'VN/GOV' },
    { role: 'auditor', member: '' },
    { role: 'auditor', member: ['VN/GOV/G07'] },
    { role: ['auditor'] },
    { role: null },
  ];
  for (const changes of wrong) {
    t.not(await detailOf(sign(claims(changes as JWTPayload))), 'accepted', JSON.stringify(changes));
  }
});

t.test('a token that is too long is refused before it is looked at', async (t) => {
  const short: TokenSettings = { ...tokenSettings, tokenBytesMax: 50 };
  const limited = createTokens({ keys: [publicOf(key)] }, short, clock, anyPin);
  t.equal(await detailOf(sign(claims()), limited), 'The token is too long.');
});

t.test('where several keys fit, a token must name its own', async (t) => {
  const second = await makeKey('EdDSA', 'second');
  const both = createTokens({ keys: [publicOf(key), publicOf(second)] }, tokenSettings, clock, anyPin);
  const unnamed = new SignJWT(claims()).setProtectedHeader({ alg: 'EdDSA' }).sign(second);
  t.equal(await detailOf(unnamed, both), 'The token does not name its key (kid).');
  t.equal(await detailOf(sign(claims(), {}, second), both), 'accepted');
});

t.test('only so many checked tokens are remembered', async (t) => {
  const forgetful = createTokens({ keys: [publicOf(key)] }, { ...tokenSettings, verifiedTokensMax: 1 }, clock, anyPin);
  const [first, second] = [await sign(claims()), await sign(claims({ sub: 'VN/GOV/G12' }))];
  await forgetful.verify(first);
  await forgetful.verify(second);
  t.notOk(forgetful.verify(second) instanceof Promise);
  t.ok(forgetful.verify(first) instanceof Promise);
});

t.test('an issued token is what its request says', async (t) => {
  const request = { id: 'VN/GOV/G12', role: 'client', audience: 'lienthong', lifetimeSeconds: 60 } as const;
  const issued = await issueToken(key, request, clock.nowMs());
  const [header, payload] = issued
    .split('.')
    .slice(0, 2)
    .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()));
  t.same(header, { alg: 'EdDSA', typ: 'JWT', kid: 'own' });
  t.same(payload, { role: 'client', sub: 'VN/GOV/G12', aud: 'lienthong', iat: nowSeconds(), exp: nowSeconds() + 60 });
});
