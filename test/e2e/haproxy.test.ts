/** The shipped HAProxy before two gateways: it finds them, keeps inside what is for operators, and nobody notices a restart. */

import { cp, mkdir, readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { parse } from 'yaml';
import { eventually } from '../support/eventually.ts';
import { projectRoot } from '../support/gateway.ts';
import { createPlace, type Place, serve } from '../support/gateway-process.ts';
import { startHaproxy } from '../support/haproxy.ts';
import { troubledSetup } from '../support/troubled.ts';
import { askOnce, endGateway, entriesByLog, serveWorkers, startLoad } from '../support/worker-process.ts';

t.setTimeout(120_000);

const patch = path.join(projectRoot, 'deploy/kubernetes/base/config/gateway.patch.yaml');
const { shutdown } = parse(await readFile(patch, 'utf8'));
const setup = { ...troubledSetup, settings: { shutdown } };
const places: [Place, Place] = [await createPlace(t, setup), await createPlace(t, setup)];
const gateways = [await serveWorkers(t, places[0])];
for (const folder of ['', 'keys']) await mkdir(path.join(places[1].data, folder), { mode: 0o700 });
await cp(path.join(places[0].data, 'keys/token-signing.jwk'), path.join(places[1].data, 'keys/token-signing.jwk'));
gateways.push(await serve(t, places[1]));
const haproxy = await startHaproxy(t, [places[0].port, places[1].port]);
const behind = { ...places[0], url: haproxy.url };
/** Within it checks have failed that fail. */
const checksMs = 4_000;

t.test('it finds both ready, and deals queries to both', async (t) => {
  await sleep(checksMs);
  t.same(await haproxy.states(), ['UP', 'UP']);
  for (let count = 0; count < 6; count += 1) t.equal((await askOnce(behind, undefined)).status, 200);
  for (const place of places) t.equal([...(await entriesByLog(place)).values()].flat().length, 3);
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
  const path = '/r1/VN/GOV/G18/troubles/ask/v1';
  const headers = { 'x-road-client': 'VN/GOV/G07/social-protection' };
  const [refused, byGateway] = await Promise.all(
    [haproxy.url, places[0].url].map((url) => fetch(url + path, { headers })),
  );
  const names = ['content-type', 'x-road-error', 'www-authenticate', 'cache-control'];
  const told = (response?: Response) => names.map((name) => response?.headers.get(name)?.split(';')[0]);
  t.same(told(refused), told(byGateway));
  const problem = (await refused?.json()) as Record<string, unknown>;
  const own = (await byGateway?.json()) as Record<string, unknown>;
  for (const member of ['type', 'title', 'status', 'code']) t.equal(problem[member], own[member], member);
});

t.test('one after the other is restarted, and no caller notices', async (t) => {
  const load = startLoad(behind, 2);
  for (const [at, start] of [serveWorkers, serve].entries()) {
    t.same(await endGateway(gateways[at] as (typeof gateways)[number]), [0, null]);
    await start(t, places[at] as Place);
    await eventually(async () => (await haproxy.states()).every((state) => state === 'UP'));
  }
  await load.stop();
  t.same(load.failures, []);
  t.same(new Set(load.answers.map(({ status }) => status)), new Set([200]));
  t.ok(load.answers.length > 500, `${load.answers.length} answers`);
});
