/** Promise 4: a registry that does not answer changes nothing for the others. */

import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { eventually } from '../support/eventually.ts';
import { projectRoot, startGateway, type TestGateway } from '../support/gateway.ts';
import { askService, troubledAgreements } from '../support/troubled.ts';

// Starting everything takes its time on a loaded machine.
t.setTimeout(120_000);

const consumer = 'G07/social-protection';
const meritorious = 'G07/social-protection/get-meritorious-status';
const fixture = (name: string) => ({ adapter: path.join(projectRoot, 'test/fixtures', name), source: {} });
const troubled = fixture('troubled-registry');
const silent = fixture('silent-registry');

t.test('while one registry is silent, the other answers', async (t) => {
  const agreement = { ...troubledAgreements[0], id: 'other', service: `VN/GOV/${meritorious}`, fields: 'basic' };
  const gateway = await startGateway(t, {
    registries: [silent, { adapter: 'social-affairs', source: 'embedded' }],
    agreements: [...troubledAgreements, agreement],
  });
  const inFlight = async () =>
    Number(/^lienthong_registry_in_flight\{registry="troubled".*\} (\d+)$/m.exec(await gateway.gateway.metrics())?.[1]);
  const pins = ['099190000001', '099088000002', '099065000003'];
  const leaving = new AbortController();
  let silentAnswers = 0;
  const silence = pins.map(async (pin) => {
    await ask(gateway, { pin, trouble: 'never' }, leaving.signal).catch((error: Error) => error);
    silentAnswers += 1;
  });
  await eventually(async () => (await inFlight()) === pins.length);
  for (let index = 0; index < 30; index += 1) {
    // Different people, so that the registry is really asked.
    const pin = `0991900${String(10_000 + index)}`;
    const { status, headers } = await gateway.call(meritorious, consumer, { pin });
    t.equal(status, 200);
    t.match(headers.get('cache-status'), /fwd=miss/);
  }
  t.equal(silentAnswers, 0, 'the silent registry has not answered anybody meanwhile');
  t.equal(await inFlight(), pins.length, 'and every place at it was taken');
  leaving.abort();
  await Promise.all(silence);
});

t.test('however many ask a silent registry the same, another ministry is answered by another registry', async (t) => {
  const ministry = 'G22/legacy-client';
  const other = { id: 'other', consumer: `VN/GOV/${ministry}`, service: `VN/GOV/${meritorious}`, fields: 'basic' };
  const gateway = await startGateway(t, {
    registries: [silent, { adapter: 'social-affairs', source: 'embedded' }],
    agreements: [...troubledAgreements, { ...troubledAgreements[0], ...other }],
    settings: {
      overload: { inFlightMax: 80, inFlightMin: 20, loopDelayMsMax: 10_000, longWaitMs: 50, waitersPercent: 40 },
    },
  });
  const gauge = async (name: string) =>
    Number(new RegExp(`^${name}(?:{.*})? (\\d+)$`, 'm').exec(await gateway.gateway.metrics())?.[1]);
  const leaving = new AbortController();
  const codes: string[] = [];
  const asking: Promise<unknown>[] = [];
  // Each time when those before them have waited long, or are refused: as many as would fill the gateway.
  for (let round = 0; round < 12; round += 1) {
    for (let caller = 0; caller < 10; caller += 1) {
      const reply = ask(gateway, { pin: '099190000001', trouble: 'never' }, leaving.signal);
      asking.push(
        reply
          .then(async (response) => codes.push(((await response.json()) as { code: string }).code))
          .catch(() => undefined),
      );
    }
    await eventually(async () => (await gauge('lienthong_exchanges_waiting_long')) + codes.length === asking.length);
  }
  t.equal(await gauge('lienthong_exchanges_waiting_long'), 16, 'half of the 32 who may wait for one registry');
  t.equal(await gauge('lienthong_exchanges_in_flight'), 0);
  t.same(new Set(codes), new Set(['registry-busy']), 'the others are told at once');
  for (let index = 0; index < 30; index += 1) {
    const { status } = await gateway.call(meritorious, ministry, { pin: `0991900${String(10_000 + index)}` });
    t.equal(status, 200);
  }
  t.equal(codes.length, asking.length - 16, 'nobody who waits has been answered meanwhile');
  leaving.abort();
  await Promise.all(asking);
});

t.test('whoever asks a silent registry is told so', async (t) => {
  const gateway = await startGateway(t, { registries: [troubled], agreements: troubledAgreements });
  const { status, body } = await gateway.call(askService, consumer, { pin: '099190000001', trouble: 'never' });
  t.equal(status, 504);
  t.equal(body.code, 'registry-timeout');
});

t.test('a stale answer bridges a failing registry, and says so', async (t) => {
  const gateway = await startGateway(t, { registries: [troubled], agreements: troubledAgreements });
  const ask = (message: object) => gateway.call(askService, consumer, { pin: '099190000001', ...message });
  t.equal((await ask({})).status, 200);
  await sleep(1100);
  const slots = pinsInTrouble().map((pin) => gateway.call(askService, consumer, { pin, trouble: 'never' }));
  await sleep(50);
  const bridged = await ask({});
  t.equal(bridged.status, 200, 'the registry is full, the kept answer stands in');
  t.match(bridged.headers.get('cache-status'), /^lienthong; hit; ttl=(0|-\d+); detail=stale-if-error.memory$/);
  await Promise.all(slots);
  t.match(
    (await gateway.entries()).find(({ id }) => id === bridged.headers.get('exchange-id')),
    { source: 'stale' },
  );
});

function pinsInTrouble(): string[] {
  return ['099088000002', '099065000003', '099216000004'];
}

async function ask({ url, token }: TestGateway, message: object, signal: AbortSignal): Promise<Response> {
  const client = `VN/GOV/${consumer}`;
  return fetch(`${url}/r1/VN/GOV/${askService}/v1`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-road-client': client,
      authorization: `Bearer ${await token(client)}`,
    },
    body: JSON.stringify(message),
    signal,
  });
}
