/** The sample register of the composition: one for all gateways, which get in by what make-secrets.ts has made. */

import { type ChildProcess, execFile, fork } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { parse } from 'yaml';
import judicial from '../adapters/judicial/adapter.ts';
import { seedDatabase } from '../src/adapter-kit/index.ts';
import { projectRoot } from './support/gateway.ts';
import { startPostgres } from './support/servers.ts';

const run = promisify(execFile);
t.setTimeout(120_000);

t.test('a gateway opens it with the settings and secrets of the composition', async (t) => {
  const secrets = path.join(t.testdir({}), 'secrets');
  await run(process.execPath, [path.join(projectRoot, 'deploy/make-secrets.ts'), secrets]);
  const read = (name: string) => readFile(path.join(secrets, name), 'utf8');
  const { url: databaseUrl } = await startPostgres(t);
  const simulator = path.join(projectRoot, 'adapters/judicial/simulator');
  await seedDatabase(
    { url: databaseUrl, connectTimeoutMs: 5_000 },
    {
      version: 'empty',
      fill: async (to) => to.executeScript(await readFile(path.join(simulator, 'schema.sql'), 'utf8')),
    },
  );
  const settings = JSON.parse(await read('judicial.json'));
  const child: ChildProcess = fork(path.join(simulator, 'main.ts'), {
    env: { JUDICIAL_SIMULATOR: JSON.stringify({ ...settings, databaseUrl }) },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  t.teardown(() => child.kill('SIGKILL'));
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];

  const { registries } = parse(await readFile(path.join(projectRoot, 'deploy/registries.yaml'), 'utf8'));
  const { source } = registries.find(({ adapter }: { adapter: string }) => adapter === 'judicial');
  const here = (file: string) => path.join(secrets, path.basename(file));
  const { caFile, certFile, keyFile } = source.tls;
  const [, url = ''] = /^JUDICIAL_URL=(.*)$/m.exec(await read('gateway.env')) ?? [];
  const { hostname } = new URL(url);
  t.equal(new X509Certificate(settings.tls.cert).checkHost(hostname), hostname, 'its certificate is for its name');
  const registry = await judicial.open({
    ...source,
    url: `https://localhost:${port}`,
    tls: { caFile: here(caFile), certFile: here(certFile), keyFile: here(keyFile) },
  });
  t.teardown(() => registry.close());
  await registry.check(AbortSignal.timeout(5_000));
  const call = { signal: AbortSignal.timeout(5_000), exchangeId: '0190c3a0-0000-7000-8000-000000000000' };
  const answer = await registry.services['get-marital-status.v1']?.({ pin: '099190000001' } as never, call);
  t.match(answer, { found: false });
});

t.test('its service is the simulator that the image holds, with the secrets that it reads', async (t) => {
  const composition = parse(await readFile(path.join(projectRoot, 'deploy/compose.yaml'), 'utf8'), { merge: true });
  const { entrypoint, secrets } = composition.services.judicial;
  t.match(entrypoint.at(-1), /node dist\/adapters\/judicial\/simulator\/main\.js$/);
  t.match(entrypoint.at(-1), `/run/secrets/${secrets[0]}`);
  for (const gateway of ['gateway-1', 'gateway-2'])
    t.match(composition.services[gateway].secrets, [
      'redis.password',
      'judicial-ca.pem',
      'judicial.pem',
      'judicial.key',
    ]);
});
