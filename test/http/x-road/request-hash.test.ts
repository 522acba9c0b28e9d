/** X-Road-Request-Hash agrees with values computed without this project's code, byte for byte of what was received. */

import t from 'tap';
import { type HashedRequest, requestHash } from '../../../src/http/x-road/request-hash.ts';

/*
 * The expected values come from OpenSSL alone. For the POST below, `head` being its six lines, each ended by CR LF
 * (method; path; the three forwarded headers as `name:value`; `x-road-request-id:<id>`), and `body` its body:
 *   openssl dgst -sha512 -binary head > a; openssl dgst -sha512 -binary body > b
 *   cat a b | openssl dgst -sha512 -binary | base64 -w0
 * and without a body:
 *   openssl dgst -sha512 -binary head | base64 -w0
 */
const requestId = 'f92591a3-6bf0-49b1-987b-0dd78c034cc3';
const pathAndQuery = '/r1/VN/GOV/G01/population/get-person/v1';
const client = ['X-Road-Client', 'VN/GOV/H26/dossiers'];
const post: HashedRequest = {
  method: 'POST',
  pathAndQuery,
  rawHeaders: ['Content-Type', 'application/json', ...client, 'X-Road-Id', '42'],
  requestId,
  body: Buffer.from('{"pin":"099190000001"}'),
};
const POST_HASH = 'm2iiKZq5ypg1uC0BCKkCpO//KsLuDhWFybbG5QfKOSndbjGHBeFMIq1hB9NX1r3RI8T8xfXnkwf6oZfP4t7lBA==';

t.test('a POST with a body', async (t) => {
  t.equal(requestHash(post), POST_HASH);
});

t.test('a GET with a query and no body hashes its head alone', async (t) => {
  const get: HashedRequest = {
    method: 'GET',
    pathAndQuery: '/r1/VN/GOV/G01/population/getOpenAPI?serviceCode=get-person',
    rawHeaders: [...client, 'X-Road-Id', '42'],
    requestId,
  };
  const expected = 'qmkE48PXmjr+WHF7fz5E4wD5Hv+qTgb+96rzlpgxF7PxoX3lSgj8VGitRkAad38LEMxClywyUlTCFCurcdCuVw==';
  t.equal(requestHash(get), expected);
  t.equal(requestHash({ ...get, body: new Uint8Array() }), expected, 'an empty body is none');
});

t.test('a message id that the gateway made comes last', async (t) => {
  t.equal(
    requestHash({
      method: 'POST',
      pathAndQuery,
      rawHeaders: client,
      requestId,
      generatedMessageId: 'VN-5ea48ae9-15c1-465a-be15-9b6ef2c7ef4a',
      body: Buffer.from('{}'),
    }),
    'PU2nYpX0HHeToo4uARY35UTkrOb23vHylOXBJTy05A7v62wZCoguu/DCx+pghTYZjI1j4jz2V4EavKapXq/XOw==',
  );
});

t.test('header values are hashed as the bytes received', async (t) => {
  // Node hands UTF-8 bytes over as one character a byte.
  const issue = Buffer.from('Hồ sơ 7').toString('latin1');
  t.equal(
    requestHash({
      method: 'POST',
      pathAndQuery,
      rawHeaders: [...client, 'X-Road-Issue', issue],
      requestId,
      body: Buffer.from('{"name":"Hòa"}'),
    }),
    'NTWDe7a8dg17+neQrWRqIRRYZRW9nve3WavA7oocYZhmn13GwVEnbd5oJ3EOMqM6n5oFnHPW47HRjAEnfYBhbw==',
  );
});

t.test('a request without any forwarded header', async (t) => {
  const expected = 'eYPAga2D7v88EQEgEbtkoXKG6tmMhYIs8tTYKEFzOMTaLCtxggEBLafa8nm0fVkrSOLXtNVFcVszqYXjEHGPog==';
  t.equal(requestHash({ method: 'DELETE', pathAndQuery: '/r1/a/b/c/d/e', rawHeaders: [], requestId }), expected);
});

t.test('headers that are not forwarded change nothing, in any case and place', async (t) => {
  const notForwarded = [
    'Transfer-Encoding',
    'Keep-Alive',
    'Proxy-Authenticate',
    'Proxy-Authorization',
    'TE',
    'Trailer',
    'Upgrade',
    'Connection',
    'User-Agent',
    'Host',
    'Content-Length',
    'Server',
    'Expect',
    'X-Road-Request-Id',
    'X-Road-Request-Hash',
  ];
  for (const name of notForwarded) {
    t.equal(requestHash({ ...post, rawHeaders: [name, 'x', ...post.rawHeaders] }), POST_HASH, name);
    t.equal(requestHash({ ...post, rawHeaders: [...post.rawHeaders, name.toLowerCase(), 'x'] }), POST_HASH, name);
  }
});

t.test('everything else changes the hash', async (t) => {
  const [type = '', json = '', ...rest] = post.rawHeaders;
  const changed: HashedRequest[] = [
    { ...post, method: 'PUT' },
    { ...post, pathAndQuery: `${pathAndQuery}?` },
    { ...post, pathAndQuery: pathAndQuery.replace('get', '%67et') },
    { ...post, rawHeaders: [...rest, type, json] },
    { ...post, rawHeaders: [type.toLowerCase(), json, ...rest] },
    { ...post, rawHeaders: [...post.rawHeaders, 'X-Custom', ''] },
    { ...post, generatedMessageId: '42' },
    { ...post, body: Buffer.from('{"pin":"099190000002"}') },
    { ...post, body: undefined },
  ];
  const hashes = new Set([POST_HASH, ...changed.map(requestHash)]);
  t.equal(hashes.size, changed.length + 1);
});

t.test('two calls with the same X-Road-Id have different hashes', async (t) => {
  t.not(requestHash({ ...post, requestId: '6f1ed002-ab5f-4d2e-8d0f-2f4a1f9b5c11' }), POST_HASH);
});
