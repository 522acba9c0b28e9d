/** A timestamp authority of the test's own: `openssl ts -reply` behind a little HTTP server, and every way in which one misbehaves. */

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Teardown } from './servers.ts';

const run = promisify(execFile);

/** How the authority's certificate differs from one that is right. */
export interface SignerChanges {
  /** Of the certificate, as `openssl ca` takes them: `20200101000000Z`. */
  readonly from?: string;
  readonly until?: string;
  /** Of extendedKeyUsage. */
  readonly usage?: string;
  /** Signed by an authority of that name below the root. */
  readonly below?: string;
}

export interface SigningChanges {
  /** Says in the signature under which certificate it was made. */
  readonly naming?: boolean;
  /** Of what is signed, by its OpenSSL name. */
  readonly type?: string;
}

export interface TestTimestamps {
  readonly folder: string;
  /** PEM file of the root. */
  readonly caFile: string;
  /** Makes a certificate and returns its name. */
  addSigner(name: string, changes?: SignerChanges): Promise<string>;
  /** TimeStampResp for a TimeStampReq. */
  reply(request: Buffer, signer?: string): Promise<Buffer>;
  /** TimeStampResp with the contents of that one, signed by `openssl cms`, which asks for no certificate of the right kind. */
  sign(answer: Buffer, signer: string, changes?: SigningChanges): Promise<Buffer>;
  /** True where `openssl ts -verify` accepts the token for the data. Rejects with what it says otherwise. */
  verify(token: string, data: string): Promise<true>;
}

export type Answering = (request: Buffer, response: ServerResponse) => Promise<void> | void;

export interface TimestampServer {
  readonly url: string;
  /** Questions that came in. */
  readonly asked: Buffer[];
  /** From now on it answers so; undefined is as it should. */
  answer(answering: Answering | undefined): void;
  /** Refuses connections. */
  stop(): Promise<void>;
  /** On the same port again. */
  start(): Promise<void>;
}

const settings = `
[req]
distinguished_name = name
[name]
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
[ca]
default_ca = issuing
[issuing]
database = ./index
rand_serial = yes
new_certs_dir = .
default_md = sha256
policy = any
unique_subject = no
email_in_dn = no
[any]
commonName = supplied
[tsa]
serial = ./serial
signer_digest = sha256
default_policy = 1.2.3.4.1
other_policies = 1.2.3.4.5
digests = sha256
accuracy = secs:1
ess_cert_id_alg = sha256
`;
const keyFlags = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

/** Gone with the test. */
export async function createTestTimestamps(t: Teardown): Promise<TestTimestamps> {
  const folder = await mkdtemp(path.join(tmpdir(), 'lienthong-timestamps-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const file = (name: string) => path.join(folder, name);
  const openssl = (...flags: string[]) => run('openssl', flags, { cwd: folder });
  await writeFile(file('settings'), settings);
  await Promise.all([writeFile(file('index'), ''), writeFile(file('serial'), '01')]);
  const root = ['-keyout', 'root.key', '-out', 'root.pem', '-days', '2', '-subj', '/CN=Test root'];
  await openssl('req', '-x509', ...keyFlags, '-config', 'settings', '-extensions', 'root', ...root);

  async function issue(name: string, extensions: string, by: string, { from, until }: SignerChanges): Promise<void> {
    await writeFile(file(`${name}.ext`), `[all]\n${extensions}`);
    const csr = ['-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`];
    await openssl('req', '-new', ...keyFlags, '-config', 'settings', ...csr);
    const times = [...(from === undefined ? [] : ['-startdate', from]), '-enddate', until ?? '20990101000000Z'];
    const signing = ['-cert', `${by}.pem`, '-keyfile', `${by}.key`, '-extfile', `${name}.ext`, '-extensions', 'all'];
    const files = ['-in', `${name}.csr`, '-out', `${name}.pem`];
    await openssl('ca', '-batch', '-notext', '-config', 'settings', ...signing, ...times, ...files);
  }

  let replies = 0;
  return {
    folder,
    caFile: file('root.pem'),
    async addSigner(name, changes = {}) {
      const { usage = 'critical,timeStamping', below } = changes;
      if (below !== undefined) {
        await issue(below, 'basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign\n', 'root', {});
      }
      const use = `basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=${usage}\n`;
      await issue(name, use, below ?? 'root', changes);
      if (below !== undefined) await writeFile(file(`${name}.chain`), await readFile(file(`${below}.pem`)));
      return name;
    },
    async reply(request, signer = 'signer') {
      replies += 1;
      const query = `${replies}.tsq`;
      const reply = `${replies}.tsr`;
      await writeFile(file(query), request);
      const chain = await readFile(file(`${signer}.chain`)).then(
        () => ['-chain', `${signer}.chain`],
        () => [],
      );
      const signing = ['-signer', `${signer}.pem`, '-inkey', `${signer}.key`, ...chain];
      await openssl(
        'ts',
        '-reply',
        '-config',
        'settings',
        '-section',
        'tsa',
        '-queryfile',
        query,
        ...signing,
        '-out',
        reply,
      );
      return readFile(file(reply));
    },
    async sign(answer, signer, { naming = true, type = 'id-smime-ct-TSTInfo' } = {}) {
      await writeFile(file('resigned.tsr'), answer);
      await openssl('ts', '-reply', '-in', 'resigned.tsr', '-token_out', '-out', 'resigned.token');
      const token = ['-inform', 'DER', '-in', 'resigned.token', '-noverify', '-binary'];
      await openssl('cms', '-verify', ...token, '-out', 'resigned.info');
      const form = ['-binary', '-nodetach', '-outform', 'DER', '-econtent_type', type, ...(naming ? ['-cades'] : [])];
      const signing = ['-signer', `${signer}.pem`, '-inkey', `${signer}.key`];
      await openssl('cms', '-sign', '-in', 'resigned.info', ...form, ...signing, '-out', 'resigned.cms');
      return answerWith(await readFile(file('resigned.cms')));
    },
    async verify(token, data) {
      await openssl('ts', '-verify', '-in', token, '-data', data, '-CAfile', 'root.pem');
      return true;
    },
  };
}

/** TimeStampResp, granted, of more than 255 and less than 65,536 bytes. */
function answerWith(token: Buffer): Buffer {
  const head = Buffer.of(0x30, 0x82, 0, 0, 0x30, 3, 2, 1, 0);
  head.writeUInt16BE(head.byteLength - 4 + token.byteLength, 2);
  return Buffer.concat([head, token]);
}

/** Answers as `openssl ts` does until it is told otherwise. */
export async function startTimestampServer(t: Teardown, timestamps: TestTimestamps): Promise<TimestampServer> {
  const asked: Buffer[] = [];
  let answering: Answering | undefined;

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    asked.push(body);
    if (answering !== undefined) return answering(body, response);
    sendTimestamp(response, await timestamps.reply(body));
  }

  const listen = (port: number): Promise<Server> => {
    const server = createServer((request, response) => {
      handle(request, response).catch(() => response.destroy());
    });
    return new Promise((resolve) => server.listen(port, '127.0.0.1', () => resolve(server)));
  };
  const end = (server: Server): Promise<void> => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(() => resolve()));
  };
  let server = await listen(0);
  const { port } = server.address() as AddressInfo;
  t.teardown(() => end(server));
  return {
    url: `http://127.0.0.1:${port}/`,
    asked,
    answer: (next) => {
      answering = next;
    },
    stop: () => end(server),
    async start() {
      server = await listen(port);
    },
  };
}

export function sendTimestamp(response: ServerResponse, content: Uint8Array): void {
  response.writeHead(200, { 'content-type': 'application/timestamp-reply' }).end(content);
}
