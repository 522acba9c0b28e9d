/** The HTTP source knows its registry by certificate, shows its own, and cannot be talked out of either. */

import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import { Ajv2020 } from 'ajv/dist/2020.js';
import t from 'tap';
import { type HttpSourceSettings, httpSource, httpSourceSettingsSchema } from '../../src/adapter-kit/http-source.ts';
import { createAuthority } from '../support/certificates.ts';
import { failureOf, openSource, patience, serveBytes, serveHttps } from './http-registry.ts';

const authority = await createAuthority(t);
const stranger = await createAuthority(t, 'Another authority');
const server = await authority.issue('registry.test');
const client = await authority.issue('gateway.test');
const impostor = await stranger.issue('gateway.test');

const port = await serveHttps(t, { ...server, requestCert: true, rejectUnauthorized: true }, (request, response) => {
  const name = request.socket instanceof TLSSocket ? request.socket.getPeerCertificate().subject.CN : null;
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(name));
});
const url = `https://localhost:${port}`;

t.test('both sides show certificates', async (t) => {
  const source = openSource(t, url, { tls: client });
  const answer = await source.request({ method: 'GET', path: '/', signal: patience() });
  t.equal(answer.body, 'gateway.test');
});

t.test('certificates and key may lie in files', async (t) => {
  const files = { caFile: client.ca, certFile: client.cert, keyFile: client.key };
  const tls: Record<string, string> = {};
  for (const [name, content] of Object.entries(files)) {
    tls[name] = join(authority.folder, name);
    await writeFile(join(authority.folder, name), content);
  }
  const answer = await openSource(t, url, { tls }).request({ method: 'GET', path: '/', signal: patience() });
  t.equal(answer.body, 'gateway.test');
});

t.test('an address works where the certificate bears it, another name where serverName says so', async (t) => {
  for (const settings of [
    { url: `https://127.0.0.1:${port}`, tls: client },
    { url, tls: { ...client, serverName: 'registry.test' } },
  ]) {
    const answer = await openSource(t, settings.url, settings).request({
      method: 'GET',
      path: '/',
      signal: patience(),
    });
    t.equal(answer.status, 200);
  }
});

t.test('a registry under another authority is unavailable', async (t) => {
  t.match(await failureOf(openSource(t, url, { tls: { ...client, ca: impostor.ca } })), {
    kind: 'unavailable',
    message: /UNABLE_TO_VERIFY_LEAF_SIGNATURE|SELF_SIGNED|UNABLE_TO_GET_ISSUER/,
  });
  const publicOnly = openSource(t, url, { tls: { cert: client.cert, key: client.key } });
  t.match(await failureOf(publicOnly), { kind: 'unavailable' }, 'and so is one under no public authority');
});

t.test('a registry of another name is unavailable', async (t) => {
  t.match(await failureOf(openSource(t, url, { tls: { ...client, serverName: 'other.test' } })), {
    kind: 'unavailable',
    message: /ERR_TLS_CERT_ALTNAME_INVALID/,
  });
});

t.test('a registry whose certificate has expired is unavailable, and found again once it is renewed', async (t) => {
  const connections = new Set<Socket>();
  const https = createServer(await authority.issue('registry.test', 'expired'), (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end('"here"');
  });
  https.on('connection', (socket: Socket) => connections.add(socket));
  https.listen(0, '127.0.0.1');
  await once(https, 'listening');
  t.teardown(() => {
    for (const socket of connections) socket.destroy();
    https.close();
  });
  const { port } = https.address() as AddressInfo;
  const source = openSource(t, `https://localhost:${port}`, { tls: client });
  t.match(await failureOf(source), { kind: 'unavailable', message: /CERT_HAS_EXPIRED/ });
  https.setSecureContext(server);
  t.equal((await source.request({ method: 'GET', path: '/', signal: patience() })).body, 'here');
});

t.test('a handshake that never ends is given up after connectTimeoutMs', async (t) => {
  const silent = await serveBytes(t, () => {});
  const source = openSource(t, `https://localhost:${silent}`, { connectTimeoutMs: 100, tls: client });
  const startedAtMs = performance.now();
  t.match(await failureOf(source), { kind: 'unavailable', message: /UND_ERR_CONNECT_TIMEOUT/ });
  t.ok(performance.now() - startedAtMs < 5_000);
});

t.test('NODE_TLS_REJECT_UNAUTHORIZED=0 changes nothing', async (t) => {
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
  t.teardown(() => {
    delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
  });
  t.match(await failureOf(openSource(t, url, { tls: { ...client, ca: impostor.ca } })), { kind: 'unavailable' });
});

t.test('a registry that gets no certificate, or that of a stranger, is unavailable', async (t) => {
  t.match(await failureOf(openSource(t, url, { tls: { ca: client.ca } })), { kind: 'unavailable' });
  const { cert, key } = impostor;
  t.match(await failureOf(openSource(t, url, { tls: { ca: client.ca, cert, key } })), { kind: 'unavailable' });
});

const good: HttpSourceSettings = {
  url,
  connectTimeoutMs: 1,
  headersTimeoutMs: 1,
  bodyTimeoutMs: 1,
  connectionsMax: 1,
  answerBytesMax: 1,
};

t.test('settings that cannot work are refused when the source is opened', async (t) => {
  const bad: [Partial<HttpSourceSettings>, RegExp][] = [
    [{ url: 'registry' }, /cannot be read/],
    [{ url: 'ftp://registry.test' }, /http\(s\)/],
    [{ url: 'https://user:secret@registry.test' }, /http\(s\)/],
    [{ url: 'https://registry.test/?a=1' }, /http\(s\)/],
    [{ url: 'http://registry.test', tls: client }, /https/],
    [{ tls: { ca: client.ca, caFile: 'ca.pem' } }, /either ca or caFile/],
    [{ tls: { caFile: '/no/such/file.pem' } }, /\/no\/such\/file\.pem/],
  ];
  for (const [settings, message] of bad) {
    t.throws(() => httpSource({ ...good, ...settings }), { name: 'SourceError', kind: 'unavailable', message });
  }
  t.throws(() => httpSource({ ...good, url: 'https://user:secret@registry.test' }), { message: /^(?!.*secret)/ });
});

t.test('the schema of the settings takes good ones and refuses bad ones', async (t) => {
  const validate = new Ajv2020({ strict: true }).compile(httpSourceSettingsSchema);
  const takes = (settings: unknown) => validate(settings);
  t.ok(takes(good));
  t.ok(takes({ ...good, queueMax: 0, tls: { caFile: 'a', certFile: 'b', keyFile: 'c', serverName: 'd' } }));
  t.notOk(takes({ ...good, url: 'ftp://registry.test' }));
  t.notOk(takes({ ...good, url: 'https://user:secret@registry.test' }));
  t.notOk(takes({ ...good, connectionsMax: 0 }));
  t.notOk(takes({ ...good, headersTimeoutMs: 0 }), 'which undici takes for no time-out');
  t.notOk(takes({ ...good, tls: { cert: 'a' } }), 'a certificate needs its key');
  t.notOk(takes({ ...good, tls: { rejectUnauthorized: false } }), 'verification cannot be switched off');
});
