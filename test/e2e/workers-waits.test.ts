/** Whoever waits for an event, or sends many messages in one request, is answered when its worker ends, and is not cut off. */

import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { askLine, openBulk, resultLines } from '../support/bulk-client.ts';
import { eventually } from '../support/eventually.ts';
import { createTokensOf } from '../support/gateway.ts';
import { createPlace, type Place } from '../support/gateway-process.ts';
import { residenceService } from '../support/residence-change.ts';
import { startPostgres } from '../support/servers.ts';
import { makeDatabase } from '../support/state-fixture.ts';
import { askService, troubledAgreements, troubledSetup } from '../support/troubled.ts';
import { askOnce, endGateway, renewWorkers, serveWorkers } from '../support/worker-process.ts';

t.setTimeout(120_000);

const consumer = 'VN/GOV/G07/social-protection';
/** Of each kind; the connections are dealt in turn, so that each worker has some. */
const count = 4;
const graceMs = 50_000;
const bulks = { requestsMax: 16, requestsPerConsumerMax: 16 };
const server = await startPostgres(t);

/** Its events are asked for, and none comes. */
const nobodys = { url: 'postgres://nobody@127.0.0.1:1/nothing', poolMax: 2, connectTimeoutMs: 500 };

const subscription = {
  id: 'told',
  consumer,
  service: residenceService,
  event: 'residence-changed',
  purposes: ['test'],
  legalBasis: 'Test decree',
  fields: ['message.pin'],
  validFrom: '2020-01-01',
  validUntil: '2999-12-31',
};

async function start(t: Test) {
  const place = await createPlace(t, {
    registries: [...(troubledSetup.registries ?? []), { adapter: 'population', source: nobodys }],
    agreements: [...troubledAgreements, subscription],
    settings: {
      state: { database: { url: await makeDatabase(server.url) } },
      bulk: bulks,
      shutdown: { unreadyMs: 0, graceMs },
    },
  });
  return { place, gateway: await serveWorkers(t, place) };
}

async function poll(place: Place): Promise<{ status: number; events: unknown; tookMs: number }> {
  const startedMs = performance.now();
  const { status, body } = await askOnce(place, undefined, '/v1/events?after=0&wait=60');
  return { status, events: JSON.parse(body).events, tookMs: performance.now() - startedMs };
}

/** Sends a line every now and then and never ends by itself; resolves with how it was ended. */
async function stream({ url, data }: Place) {
  const authorization = `Bearer ${await createTokensOf(data)(consumer)}`;
  const headers = { 'x-road-client': consumer, authorization };
  const { request, response } = openBulk({ url, service: `VN/GOV/${askService}`, headers });
  request.on('error', () => undefined);
  let sent = 0;
  const sending = setInterval(() => request.write(`${JSON.stringify(askLine(`line-${++sent}`))}\n`), 50);
  const lines = [];
  try {
    for await (const line of resultLines(await response)) lines.push(line);
  } finally {
    clearInterval(sending);
    request.destroy();
  }
  return { results: lines.slice(0, -1), last: lines.at(-1) };
}

t.test('two workers', async (t) => {
  const { place, gateway } = await start(t);
  await eventually(async () => (await askOnce(place, undefined, '/v1/events?after=0')).status === 200);

  for (const [what, begin] of [
    ['are renewed', () => renewWorkers(gateway)],
    ['end', () => endGateway(gateway)],
  ] as const) {
    await t.test(`they ${what}`, async (t) => {
      const polls = Array.from({ length: count }, () => poll(place));
      const streams = Array.from({ length: count }, () => stream(place));
      await sleep(1_000);
      const over = begin();
      for (const { status, events, tookMs } of await Promise.all(polls)) {
        t.same({ status, events }, { status: 200, events: [] });
        t.ok(tookMs < graceMs, `${tookMs} ms: before its time, and before any connection is cut off`);
      }
      for (const { results, last } of await Promise.all(streams)) {
        t.match(last, { done: false, problem: { code: 'gateway-stopping' } });
        t.equal(last?.next, results.length + 1, 'each line that was begun has its result');
      }
      await over;
    });
  }
});
