import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { chmod, readdir, rm, stat, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { promisify } from 'node:util';
import t from 'tap';
import { type CertificateFiles, openCertificates } from '../../src/embedded/certificates.ts';
import { type Teardown, temporaryFolder } from './fixtures/setting.ts';

const dayMs = 24 * 60 * 60 * 1000;
const clockAt = (nowMs: number) => ({ nowMs: () => nowMs });
const today = clockAt(Date.now());
const daysLeft = (pem: string) => Math.round((new X509Certificate(pem).validToDate.getTime() - Date.now()) / dayMs);

t.test('both ends of a connection trust each other by certificates of the authority', async (t) => {
  const certificates = openCertificates(await temporaryFolder(t), today);
  const server = await certificates.certificate('judicial-simulator');
  const client = await certificates.certificate('gateway');
  for (const [host, address] of [
    ['localhost', '127.0.0.1'],
    [undefined, '127.0.0.1'],
  ] as const) {
    t.equal(await commonNameSeen(t, server, client, address, host), 'gateway');
  }
});

t.test('a client of another authority is refused', async (t) => {
  const server = await openCertificates(await temporaryFolder(t), today).certificate('judicial-simulator');
  const stranger = await openCertificates(await temporaryFolder(t), today).certificate('gateway');
  const seen = commonNameSeen(t, server, { ...stranger, ca: server.ca }, '127.0.0.1', 'localhost');
  t.equal(await seen.catch(() => ''), '');
});

t.test('OpenSSL finds nothing to object to, as a server and as a client', async (t) => {
  const folder = await temporaryFolder(t);
  const { ca, cert } = await openCertificates(folder, today).certificate('judicial-simulator');
  await writeFile(join(folder, 'ca'), ca);
  await writeFile(join(folder, 'cert'), cert);
  for (const purpose of ['sslserver', 'sslclient']) {
    const check = [
      'verify',
      '-x509_strict',
      '-purpose',
      purpose,
      '-verify_ip',
      '127.0.0.1',
      '-CAfile',
      join(folder, 'ca'),
    ];
    const { stdout } = await promisify(execFile)('openssl', [...check, join(folder, 'cert')]);
    t.match(stdout, /OK/);
  }
  t.equal(new X509Certificate(ca).ca, true);
  t.equal(new X509Certificate(cert).ca, false);
  t.equal(new X509Certificate(cert).publicKey.asymmetricKeyDetails?.namedCurve, 'prime256v1');
});

t.test('a certificate is kept, in files for their owner alone', async (t) => {
  const folder = await temporaryFolder(t);
  const made = await openCertificates(folder, today).certificate('gateway');
  t.strictSame(await openCertificates(folder, today).certificate('gateway'), made);
  for (const file of await readdir(folder)) t.equal((await stat(join(folder, file))).mode & 0o777, 0o600);
  await chmod(join(folder, 'issued-gateway.pem'), 0o644);
  await t.rejects(openCertificates(folder, today).certificate('gateway'), { message: /chmod 600/ });
});

t.test('many who ask at once get one authority', async (t) => {
  const certificates = openCertificates(await temporaryFolder(t), today);
  const names = ['gateway', 'judicial-simulator', 'gateway', 'population'];
  const made = await Promise.all(names.map((name) => certificates.certificate(name)));
  t.equal(new Set(made.map(({ ca }) => ca)).size, 1);
  t.equal(made[0]?.cert, made[2]?.cert);
});

t.test('certificates live a year and are renewed in their last 30 days; the authority lives ten', async (t) => {
  const folder = await temporaryFolder(t);
  const first = await openCertificates(folder, today).certificate('gateway');
  t.equal(daysLeft(first.cert), 365);
  t.equal(daysLeft(first.ca), 3652);
  const in334Days = clockAt(Date.now() + 334 * dayMs);
  t.equal((await openCertificates(folder, in334Days).certificate('gateway')).cert, first.cert);
  const in336Days = clockAt(Date.now() + 336 * dayMs);
  const renewed = await openCertificates(folder, in336Days).certificate('gateway');
  t.not(renewed.cert, first.cert);
  t.equal(renewed.ca, first.ca, 'by the same authority');
});

t.test('an authority is replaced before it could issue what outlives it, and with it all that it issued', async (t) => {
  const folder = await temporaryFolder(t);
  const first = await openCertificates(folder, today).certificate('gateway');
  const inNineYears = clockAt(Date.now() + 3300 * dayMs);
  const last = await openCertificates(folder, inNineYears).certificate('gateway');
  t.not(last.ca, first.ca);
  t.ok(new X509Certificate(last.cert).checkIssued(new X509Certificate(last.ca)));
  t.ok(new X509Certificate(last.cert).verify(new X509Certificate(last.ca).publicKey));
});

t.test('when the authority is lost, what it issued is issued anew', async (t) => {
  const folder = await temporaryFolder(t);
  const before = await openCertificates(folder, today).certificate('gateway');
  await rm(join(folder, 'authority.pem'));
  const after = await openCertificates(folder, today).certificate('gateway');
  t.not(after.cert, before.cert);
  t.ok(new X509Certificate(after.cert).verify(new X509Certificate(after.ca).publicKey));
});

t.test('a damaged file is named; a name that could leave the folder is refused', async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, 'issued-gateway.pem'), 'nothing', { mode: 0o600 });
  const certificates = openCertificates(folder, today);
  await t.rejects(certificates.certificate('gateway'), {
    name: 'EmbeddedError',
    message: /issued-gateway\.pem.*delete it/,
  });
  await t.rejects(certificates.certificate('../gateway'), { name: 'EmbeddedError' });
  t.ok(await certificates.certificate('population'), 'and neither is in the way of others');
});

/** What a server that demands certificates reads from the client's. */
async function commonNameSeen(
  t: Teardown,
  server: CertificateFiles,
  client: CertificateFiles,
  host: string,
  servername: string | undefined,
): Promise<string> {
  const listener = createServer({ ...server, requestCert: true, rejectUnauthorized: true }, (socket: TLSSocket) => {
    socket.end(String(socket.getPeerCertificate().subject.CN));
  });
  t.teardown(() => listener.close());
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  const socket = connect({ ...client, host, port, ...(servername && { servername }) });
  const seen: Buffer[] = [];
  for await (const chunk of socket) seen.push(chunk as Buffer);
  return Buffer.concat(seen).toString();
}
