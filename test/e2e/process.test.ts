/** The process as an operator meets it: it serves, finishes what is in flight when told to end, and comes back after a kill. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { ask, createPlace, entriesOf, gatewayMain, serve } from '../support/gateway-process.ts';
import { appendTornRecord } from '../support/log-files.ts';

t.setTimeout(120_000);

t.test('SIGTERM ends the process after the exchanges in flight', async (t) => {
  const place = await createPlace(t);
  const { child } = await serve(t, place);
  const exit = once(child, 'exit');
  // Both ends are warm then, and the next request is there long before the signal.
  const before = await ask(place, {});
  const inFlight = ask(place, { trouble: 'slow' });
  await sleep(50);
  child.kill('SIGTERM');
  const response = await inFlight;
  t.equal(response.status, 200);
  t.match(await response.json(), { found: true });
  t.same(await exit, [0, null]);
  t.match(
    await entriesOf(place),
    [before, response].map(({ headers }) => ({ id: headers.get('exchange-id'), status: 200 })),
  );
});

t.test('after a kill nothing acknowledged is missing, and a torn entry is cut off', async (t) => {
  const place = await createPlace(t);
  const { child: killed } = await serve(t, place);
  const acknowledged: (string | null)[] = [];
  for (let index = 0; index < 5; index += 1) {
    const response = await ask(place, {});
    acknowledged.push(response.headers.get('exchange-id'));
  }
  const exit = once(killed, 'exit');
  killed.kill('SIGKILL');
  await exit;
  await appendTornRecord(place.log, JSON.stringify({ agreement: 'half an entry '.repeat(100) }));
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
    gatewayMain,
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
