/** The shipped HAProxy before two gateways: it finds them, and keeps inside what is for operators. */

import { cp, mkdir } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { createPlace, type Place, serve } from '../support/gateway-process.ts';
import { startHaproxy } from '../support/haproxy.ts';
import { askOnce, entriesByLog } from '../support/worker-process.ts';

t.setTimeout(120_000);

const places: [Place, Place] = [await createPlace(t), await createPlace(t)];
await serve(t, places[0]);
for (const folder of ['', 'keys']) await mkdir(path.join(places[1].data, folder), { mode: 0o700 });
await cp(path.join(places[0].data, 'keys/token-signing.jwk'), path.join(places[1].data, 'keys/token-signing.jwk'));
await serve(t, places[1]);
const haproxy = await startHaproxy(t, [places[0].port, places[1].port]);
const behind = { ...places[0], url: haproxy.url };
/** Within it checks have failed that fail. */
const checksMs = 4_000;

t.test('it finds both ready, and deals queries to both', async (t) => {
  await sleep(checksMs);
  t.same(await haproxy.states(), ['UP', 'UP']);
  for (let count = 0; count < 6; count += 1) t.equal((await askOnce(behind, undefined)).status, 200);
  for (const place of places) t.equal((await entriesByLog(place)).get(1)?.length, 3);
});

/** As it is written: fetch and others would mend the path. */
async function get(target: string): Promise<string> {
  const { port, hostname } = new URL(haproxy.url);
  const socket = connect(Number(port), hostname);
  socket.write(`GET ${target} HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\n\r\n`);
  return (await text(socket)).split(' ')[1] ?? '';
}

t.test('what is for operators is not reached through it, however the path is written', async (t) => {
  const hidden = ['/metrics', '/%6detrics', '/%6Detrics?x', '/metric%73', '/METRICS', '/health/live', '/health/ready'];
  for (const target of [...hidden, '/%68ealth/ready', '/health%2fready', '/h%65alth/live', '/%68%65alth/ready?a=b'])
    t.equal(await get(target), '404', target);
  t.equal(await get('/openapi.json'), '200');
});

t.test('without a token nobody exchanges through it, however the path is written', async (t) => {
  for (const target of ['/r1/VN/GOV/G18/troubles/ask/v1', '/%721/VN/GOV/G18/troubles/ask/v1', '/r%31/VN'])
    t.equal(await get(target), '401', target);
});
