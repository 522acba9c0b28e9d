/** Questions that a client pipelines on one connection are answered one after the other, and given up when it goes. */

import { connect } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { eventually } from '../support/eventually.ts';
import { projectRoot, startGateway } from '../support/gateway.ts';
import { startPostgres } from '../support/servers.ts';
import { askService, troubledAgreements } from '../support/troubled.ts';

t.setTimeout(60_000);

const client = 'VN/GOV/G07/social-protection';
const postgres = await startPostgres(t);
const { url, token, entries } = await startGateway(t, {
  registries: [
    {
      adapter: path.join(projectRoot, 'test/fixtures/slow-registry'),
      source: { url: postgres.url, poolMax: 8, connectTimeoutMs: 2000 },
    },
  ],
  agreements: troubledAgreements.filter(({ service }) => service === `VN/GOV/${askService}`),
});
const head = [
  `POST /r1/VN/GOV/${askService}/v1 HTTP/1.1`,
  'host: localhost',
  `authorization: Bearer ${await token(client)}`,
  `x-road-client: ${client}`,
  'content-type: application/json',
].join('\r\n');

/** Sends them all at once. */
function pipeline(pins: readonly string[]) {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  const received: string[] = [];
  socket.setEncoding('utf8').on('data', (text: string) => received.push(text));
  const bodies = pins.map((pin) => JSON.stringify({ pin }));
  socket.write(bodies.map((body) => `${head}\r\ncontent-length: ${body.length}\r\n\r\n${body}`).join(''));
  return {
    socket,
    statuses: () => [...received.join('').matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => status),
  };
}

t.test('each is answered, those too whose turn to be answered has not come when they are asked', async (t) => {
  const pins = Array.from({ length: 12 }, (_one, at) => `0991980${String(at).padStart(5, '0')}`);
  const { socket, statuses } = pipeline(pins);
  t.teardown(() => socket.destroy());
  await eventually(() => statuses().length === pins.length);
  t.same(statuses(), Array(pins.length).fill('200'));
});

t.test('who closes the connection has given up all of them', async (t) => {
  const before = (await entries()).length;
  const { socket } = pipeline(['099198100001', '099198100002', '099198100003']);
  await sleep(20);
  socket.destroy();
  await eventually(async () => (await entries()).length === before + 3);
  const outcomes = (await entries()).slice(before).map(({ problem }) => problem);
  t.same(outcomes, Array(3).fill('client-disconnected'));
});
