import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import type { EmbeddedHost } from '../../src/adapter-kit/types.ts';
import { openCertificates } from '../../src/embedded/certificates.ts';
import { type ChildLimits, childLimits } from '../../src/embedded/child-process.ts';
import { openDataFolder } from '../../src/embedded/data-folder.ts';
import { createEmbeddedHosts, type EmbeddedHosts } from '../../src/embedded/embedded-host.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/embedded/postgres.ts';
import { type RestartLimits, restartLimits } from '../../src/embedded/supervise.ts';
import {
  collectLog,
  eventually,
  isAlive,
  type LogLine,
  query,
  spawnGateway,
  type Teardown,
  temporaryFolder,
} from './fixtures/setting.ts';

const simulator = new URL('./fixtures/simulator.ts', import.meta.url);
const get = async (port: unknown, path = '/') => (await fetch(`http://127.0.0.1:${port}${path}`)).text();

t.setTimeout(180_000);

t.test('an adapter gets a folder of its own, certificates and databases under its name', async (t) => {
  const { host, hosts, path } = await prepare(t);
  t.equal(host.folder, join(path, 'registries', 'social-affairs'));
  t.equal((await stat(host.folder)).mode & 0o777, 0o700);
  t.match(await host.certificate('simulator'), {
    ca: /BEGIN CERTIFICATE/,
    cert: /BEGIN CERTIFICATE/,
    key: /BEGIN PRIVATE KEY/,
  });
  const first = await host.database('people');
  t.match(new URL(first.url), { protocol: 'postgres:', hostname: '127.0.0.1', pathname: '/social_affairs__people' });
  await query(first.url, 'CREATE TABLE kept AS SELECT 1 AS value');
  const second = await host.database('people');
  t.strictSame(await query(second.url, 'SELECT value FROM kept'), [{ value: 1 }], 'which are found again');
  const other = await (await hosts.forAdapter('judicial')).database('people');
  await t.rejects(query(other.url, 'SELECT value FROM kept'), { code: '42P01' }, "another adapter's is another");
  await t.rejects(hosts.forAdapter('../keys'), { name: 'EmbeddedError' });
});

t.test('a child is ready when it says so, and its output is in the log', async (t) => {
  const { host, hosts, lines } = await prepare(t);
  const ready = await host.child(simulator, { EXTRA: 'given' });
  t.match(ready, { ready: true, port: Number, pid: Number });
  t.equal(await get(ready.port), String(ready.pid));
  await hosts.close();
  t.notOk(isAlive(Number(ready.pid)), 'it ends with the gateway');
  const said = { process: 'social-affairs simulator.ts' };
  t.match(lines, [
    { level: 'info', object: said, message: 'listening' },
    { level: 'warn', object: said, message: 'a warning without line end' },
  ]);
});

t.test('a child sees what its adapter gives it, and no secret of the gateway', async (t) => {
  process.env.LIENTHONG_TEST_SECRET = 'not for children';
  const { host } = await prepare(t);
  const { port } = await host.child(simulator, { EXTRA: 'given' });
  const environment = JSON.parse(await get(port, '/env')) as Record<string, string>;
  t.match(environment, { EXTRA: 'given', PATH: process.env.PATH });
  t.notOk('LIENTHONG_TEST_SECRET' in environment);
  t.notOk('LIENTHONG_PORT' in environment, 'the first start is free to choose its port');
});

t.test('a child that dies is started again on its port', async (t) => {
  const { host, lines } = await prepare(t);
  const ready = await host.child(simulator, {});
  await t.rejects(get(ready.port, '/die'));
  const pid = await eventually(() => get(ready.port));
  t.not(pid, String(ready.pid));
  t.match(
    lines.filter(({ level }) => level === 'error'),
    [{ object: { ending: 'signal SIGKILL' }, message: 'process ended unexpectedly, starting it again' }],
  );
});

t.test('a child that keeps dying is given up', async (t) => {
  const limits = { restartLimits: { ...restartLimits, restartsMax: 2, backoffMs: 10 } };
  const { host, lines } = await prepare(t, limits);
  const { port } = await host.child(simulator, {});
  const isGivenUp = () => lines.some(({ message }) => message.endsWith('given up')) || undefined;
  for (let deaths = 1; deaths <= 3; deaths += 1) {
    await eventually(() => get(port));
    await t.rejects(get(port, '/die'));
  }
  await eventually(isGivenUp);
  t.equal(lines.filter(({ message }) => message === 'process is up again').length, 2);
  await t.rejects(get(port));
});

t.test('a child that fails to start is reported with what it said last', async (t) => {
  const { host, lines } = await prepare(t);
  const failure =
    /social-affairs simulator\.ts did not start: it ended before it was ready \(exit code 3\)\n.*the registry file is missing/s;
  await t.rejects(host.child(simulator, { BEHAVIOUR: 'fails' }), { name: 'EmbeddedError', message: failure });
  await t.rejects(host.child(simulator, { BEHAVIOUR: 'throws' }), { name: 'EmbeddedError', message: /no such table/ });
  const absent = new URL('./fixtures/absent.ts', import.meta.url);
  await t.rejects(host.child(absent, {}), { name: 'EmbeddedError', message: /absent\.ts/ });
  t.notOk(
    lines.some(({ message }) => message.includes('starting it again')),
    'and is not started again',
  );
});

t.test('a child that never says that it is ready is ended', async (t) => {
  const { host } = await prepare(t, { childLimits: { ...childLimits, readyTimeoutMs: 1_500 } });
  await t.rejects(host.child(simulator, { BEHAVIOUR: 'silent' }), {
    name: 'EmbeddedError',
    message: /no ready message within 1500 ms/,
  });
});

t.test('a child that does not heed its end is killed', async (t) => {
  const { host, hosts } = await prepare(t, { childLimits: { ...childLimits, stopTimeoutMs: 200 } });
  const { pid } = await host.child(simulator, { BEHAVIOUR: 'deaf' });
  await hosts.close();
  t.notOk(isAlive(Number(pid)));
});

t.test('a child outlives Ctrl-C until the gateway has drained', async (t) => {
  const gateway = spawnGateway(t, './host.ts', join(await temporaryFolder(t), 'data'));
  const { pid } = await gateway.said();
  await gateway.interrupt();
  t.strictSame(await gateway.said(), { drained: String(pid) });
  t.notOk(isAlive(Number(pid)));
});

t.test('a child ends by itself when the gateway is killed', async (t) => {
  const gateway = spawnGateway(t, './host.ts', join(await temporaryFolder(t), 'data'), 'deaf');
  const { pid } = await gateway.said();
  await gateway.kill();
  await eventually(() => !isAlive(Number(pid)) || undefined);
  t.pass('no process is left');
});

interface Prepared {
  readonly path: string;
  readonly hosts: EmbeddedHosts;
  readonly host: EmbeddedHost;
  readonly lines: LogLine[];
}

/** A host whose PostgreSQL is started by the first who asks, all closed with the test. */
async function prepare(
  t: Teardown,
  limits: { childLimits?: ChildLimits; restartLimits?: RestartLimits } = {},
): Promise<Prepared> {
  const { log, lines } = collectLog();
  const folder = await openDataFolder(join(await temporaryFolder(t), 'data'));
  t.teardown(() => folder.close());
  let postgres: Promise<EmbeddedPostgres> | undefined;
  const hosts = createEmbeddedHosts({
    folder,
    log,
    certificates: openCertificates(await folder.folder('certificates'), { nowMs: () => Date.now() }),
    postgres: () => {
      postgres ??= startEmbeddedPostgres({ folder, log });
      return postgres;
    },
    ...limits,
  });
  t.teardown(async () => (await postgres)?.close());
  t.teardown(() => hosts.close());
  return { path: folder.path, hosts, host: await hosts.forAdapter('social-affairs'), lines };
}
