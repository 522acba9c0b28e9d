/** Throw-away PostgreSQL, MariaDB and Redis for one test process, because the tests run against the servers that are shipped against. */

import { execFile } from 'node:child_process';
import { accessSync, constants, globSync } from 'node:fs';
import { chmod, chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { type Account, type Command, crash, end, launch, pause, resume, type Within } from './server-process.ts';

/** A server of the test's own on a loopback port, gone with the test. */
export interface TestServer {
  /** Superuser's URL of the server: `postgres://…/postgres`, `mysql://…/test`, `redis://…`. */
  readonly url: string;
  /** Ends the server at once, as a crash does; its data stay. */
  kill(): Promise<void>;
  /** SIGKILL, to the server and all processes that it has started, at the same time. */
  crash(): Promise<void>;
  /** Starts a killed server again on its port and its data. */
  start(): Promise<void>;
  /** Lets it hang, with all processes that it has started: its connections stay, and nothing is answered. */
  pause(): void;
  resume(): void;
  /** Ends the server and removes its data. Called by the test's teardown, too. */
  stop(): Promise<void>;
}

/** What a server needs of a test: tap's `t`. */
export interface Teardown {
  teardown(action: () => Promise<void>): unknown;
}

export interface ServerOptions {
  /** Refuses connections without TLS; all PEM, `ca` signs the clients' certificates, if they bring any. */
  readonly tls?: { readonly ca: string; readonly cert: string; readonly key: string };
  /** Where it runs and listens; on loopback if absent. */
  readonly within?: Within;
  /** What it said that it committed is still there after a crash of the server; it is quicker to forget. */
  readonly keepsCommits?: boolean;
}

const loopback = '127.0.0.1';
const portAttemptsMax = 5;
const run = promisify(execFile);

/** PostgreSQL, trusting every connection from loopback as `postgres`. */
export async function startPostgres(t: Teardown, options: ServerOptions = {}): Promise<TestServer> {
  const initdb = findBinary('initdb', 'apt-get install postgresql');
  const postgres = findBinary('postgres', 'apt-get install postgresql');
  const account = await accountFor('postgres');
  const folder = await temporaryFolder('postgres', account);
  const data = join(folder, 'data');
  await run(initdb, ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync'], {
    ...account,
    cwd: folder,
  });
  const tls = await tlsFiles(folder, account, options);
  if (tls !== undefined) await writeFile(join(data, 'pg_hba.conf'), 'hostssl all all 127.0.0.1/32 trust\n');
  const { address = loopback } = options.within ?? {};
  if (options.within !== undefined) await writeFile(join(data, 'pg_hba.conf'), 'host all all all trust\n');
  const commit = options.keepsCommits === true ? 'on' : 'off';
  // Whole pages are in its log: SIGKILL may cut a write in half, and recovery could not tell.
  const settings = ['fsync=off', `synchronous_commit=${commit}`, `listen_addresses=${address}`];
  if (tls !== undefined) {
    settings.push('ssl=on', `ssl_ca_file=${tls.ca}`, `ssl_cert_file=${tls.cert}`, `ssl_key_file=${tls.key}`);
  }
  return serve(t, folder, account, options, (port) => ({
    url: `postgres://postgres@${address}:${port}/postgres`,
    binary: postgres,
    flags: ['-D', data, '-k', folder, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])],
  }));
}

/** MariaDB with the user `test`, password `test`, who may do everything, and the empty database `test`. */
export async function startMariaDb(t: Teardown, options: ServerOptions = {}): Promise<TestServer> {
  const mariadbd = findBinary('mariadbd', 'apt-get install mariadb-server');
  const install = findBinary('mariadb-install-db', 'apt-get install mariadb-server');
  const account = await accountFor('mysql');
  const folder = await temporaryFolder('mariadb', account);
  const data = join(folder, 'data');
  await run(
    install,
    [
      '--no-defaults',
      `--datadir=${data}`,
      `--tmpdir=${folder}`,
      '--skip-test-db',
      '--auth-root-authentication-method=normal',
    ],
    {
      ...account,
      cwd: folder,
    },
  );
  const initFile = join(folder, 'init.sql');
  await writeFile(
    initFile,
    "CREATE USER IF NOT EXISTS 'test'@'%' IDENTIFIED BY 'test';\n" +
      "GRANT ALL ON *.* TO 'test'@'%' WITH GRANT OPTION;\nCREATE DATABASE IF NOT EXISTS test CHARACTER SET utf8mb4;\n",
  );
  const tls = await tlsFiles(folder, account, options);
  const { address = loopback } = options.within ?? {};
  return serve(t, folder, account, options, (port) => ({
    url: `mysql://test:test@${address}:${port}/test`,
    binary: mariadbd,
    flags: [
      '--no-defaults',
      `--datadir=${data}`,
      // Servers that share a temporary folder take each other's tables for leftovers.
      `--tmpdir=${folder}`,
      `--socket=${join(folder, 'socket')}`,
      `--port=${port}`,
      `--bind-address=${address}`,
      '--skip-name-resolve',
      '--character-set-server=utf8mb4',
      `--innodb-flush-log-at-trx-commit=${options.keepsCommits === true ? 2 : 0}`,
      '--innodb-flush-method=nosync',
      `--init-file=${initFile}`,
      ...(tls === undefined
        ? []
        : ['--require-secure-transport', `--ssl-ca=${tls.ca}`, `--ssl-cert=${tls.cert}`, `--ssl-key=${tls.key}`]),
    ],
  }));
}

/** Redis without persistence: one that is killed comes back empty. `flags` as on its command line. */
export async function startRedis(
  t: Teardown,
  flags: readonly string[] = [],
  options: ServerOptions = {},
): Promise<TestServer> {
  const binary = findBinary('redis-server', 'apt-get install redis-server');
  const folder = await temporaryFolder('redis', {});
  const tls = await tlsFiles(folder, {}, options);
  const tlsFlags = tls && ['--tls-ca-cert-file', tls.ca, '--tls-cert-file', tls.cert, '--tls-key-file', tls.key];
  const { address = loopback } = options.within ?? {};
  return serve(t, folder, {}, options, (port) => ({
    url: `${tls === undefined ? 'redis' : 'rediss'}://${address}:${port}`,
    binary,
    flags: [
      ...['--bind', address, '--protected-mode', 'no', '--dir', folder, '--save', '', '--appendonly', 'no'],
      ...(tlsFlags === undefined
        ? ['--port', String(port)]
        : ['--port', '0', '--tls-port', String(port), '--tls-auth-clients', 'no', ...tlsFlags]),
      ...flags,
    ],
  }));
}

/** A sentinel that watches the Redis of that URL under the name `lienthong` and decides alone. */
export async function startSentinel(t: Teardown, masterUrl: string): Promise<TestServer> {
  const binary = findBinary('redis-server', 'apt-get install redis-server');
  const folder = await temporaryFolder('sentinel', {});
  const { hostname, port: masterPort } = new URL(masterUrl);
  // It writes what it learns into its own configuration.
  const file = join(folder, 'sentinel.conf');
  await writeFile(
    file,
    `sentinel monitor lienthong ${hostname} ${masterPort} 1\nsentinel down-after-milliseconds lienthong 500\n` +
      'sentinel failover-timeout lienthong 2000\n',
  );
  return serve(t, folder, {}, {}, (port) => ({
    url: `redis://127.0.0.1:${port}`,
    binary,
    flags: [file, '--sentinel', '--port', String(port), '--bind', '127.0.0.1', '--dir', folder],
  }));
}

function findBinary(name: string, install: string): string {
  const folders = [
    ...(process.env.PATH ?? '').split(delimiter),
    ...globSync('/usr/lib/postgresql/*/bin').sort((a, b) => b.localeCompare(a, 'en', { numeric: true })),
    '/usr/sbin',
    '/usr/local/sbin',
  ];
  const found = folders.map((folder) => join(folder, name)).find(isExecutable);
  if (found === undefined) throw new Error(`This test needs ${name} and does not find it. On Debian: ${install}`);
  return found;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function accountFor(user: string): Promise<Account> {
  if (process.getuid?.() !== 0) return {};
  const [uid, gid] = await Promise.all([run('id', ['-u', user]), run('id', ['-g', user])]);
  return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
}

async function temporaryFolder(name: string, account: Account): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `lienthong-${name}-`));
  await chmod(folder, 0o755);
  if (account.uid !== undefined && account.gid !== undefined) await chown(folder, account.uid, account.gid);
  return folder;
}

/** The keys as files that the server's account alone may read. */
async function tlsFiles(folder: string, account: Account, { tls }: ServerOptions) {
  if (tls === undefined) return undefined;
  const files = { ca: join(folder, 'ca.pem'), cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
  for (const name of ['ca', 'cert', 'key'] as const) {
    await writeFile(files[name], tls[name], { mode: 0o600 });
    if (account.uid !== undefined && account.gid !== undefined) await chown(files[name], account.uid, account.gid);
  }
  return files;
}

/** Starts the command on a free port, again on another one should somebody take the port in between. */
async function serve(
  t: Teardown,
  folder: string,
  account: Account,
  { within }: ServerOptions,
  commandFor: (port: number) => Command,
): Promise<TestServer> {
  for (let attempt = 1; ; attempt++) {
    const command = commandFor(await freePort());
    try {
      let child = await launch(command, folder, account, within);
      const kill = () => end(child);
      const server = {
        url: command.url,
        kill,
        pause: () => pause(child),
        resume: () => resume(child),
        crash: () => crash(child),
        start: async () => {
          child = await launch(command, folder, account, within);
        },
        stop: async () => {
          await kill();
          await rm(folder, { recursive: true, force: true });
        },
      };
      t.teardown(() => server.stop());
      return server;
    } catch (error) {
      if (attempt < portAttemptsMax && /in use/i.test(String(error))) continue;
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }
}

/** Of loopback; somebody may take it meanwhile. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
