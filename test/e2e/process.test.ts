/** The process as an operator meets it: it serves, finishes what is in flight when told to end, and comes back after a kill. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { createTokensOf, type LoggedEntry, projectRoot, writeConfiguration } from '../support/gateway.ts';
import { appendTornRecord, readLogFiles } from '../support/log-files.ts';
import { askService, troubledSetup } from '../support/troubled.ts';

t.setTimeout(120_000);

const main = path.join(projectRoot, 'src/main.ts');
const consumer = 'VN/GOV/G07/social-protection';

async function createPlace(t: Test) {
  const folder = await mkdtemp(path.join(tmpdir(), 'lienthong-process-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const config = path.join(folder, 'config');
  await writeConfiguration(config, troubledSetup);
  const data = path.join(folder, 'data');
  const port = await freePort();
  return { config, data, port, log: path.join(data, 'exchange-log') };
}

type Place = Awaited<ReturnType<typeof createPlace>>;

async function serve(t: Test, { config, data, port }: Place): Promise<ChildProcess> {
  const child = spawn(process.execPath, [main, 'serve', '--config', config, '--data', data, '--port', String(port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.teardown(() => child.kill('SIGKILL'));
  for await (const chunk of child.stdout ?? []) if (String(chunk).includes('"serving"')) break;
  return child;
}

async function ask({ data, port }: Place, message: object): Promise<Response> {
  return fetch(`http://127.0.0.1:${port}/r1/VN/GOV/${askService}/v1`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-road-client': consumer,
      authorization: `Bearer ${await createTokensOf(data)(consumer)}`,
    },
    body: JSON.stringify({ pin: '099190000001', ...message }),
  });
}

const entriesOf = async ({ log }: Place) =>
  (await readLogFiles(log)).map((entry): LoggedEntry => JSON.parse(entry.toString()));

t.test('SIGTERM ends the process after the exchanges in flight', async (t) => {
  const place = await createPlace(t);
  const child = await serve(t, place);
  const exit = once(child, 'exit');
  const inFlight = ask(place, { trouble: 'slow' });
  await sleep(50);
  child.kill('SIGTERM');
  const response = await inFlight;
  t.equal(response.status, 200);
  t.match(await response.json(), { found: true });
  t.same(await exit, [0, null]);
  t.match(await entriesOf(place), [{ id: response.headers.get('exchange-id'), status: 200 }]);
});

t.test('after a kill nothing acknowledged is missing, and a torn entry is cut off', async (t) => {
  const place = await createPlace(t);
  const killed = await serve(t, place);
  const acknowledged: (string | null)[] = [];
  for (let index = 0; index < 5; index += 1) {
    const response = await ask(place, {});
    acknowledged.push(response.headers.get('exchange-id'));
  }
  const exit = once(killed, 'exit');
  killed.kill('SIGKILL');
  await exit;
  await appendTornRecord(place.log, '{"agreement":"half an entry"}');
  await serve(t, place);
  const response = await ask(place, {});
  t.equal(response.headers.get('exchange-log-index'), '5');
  t.same(
    (await entriesOf(place)).map(({ id }) => id),
    [...acknowledged, response.headers.get('exchange-id')],
  );
});

t.test('a second gateway on the same data folder is refused', async (t) => {
  const place = await createPlace(t);
  await serve(t, place);
  const second = spawn(process.execPath, [
    main,
    'serve',
    '--config',
    place.config,
    '--data',
    place.data,
    '--port',
    '0',
  ]);
  t.teardown(() => second.kill('SIGKILL'));
  let said = '';
  second.stderr.on('data', (chunk) => {
    said += chunk;
  });
  const [code] = await once(second, 'exit');
  t.equal(code, 1);
  t.match(said, /^lienthong: .*data/);
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
