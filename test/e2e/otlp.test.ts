/** Traces and metrics at a real collector: who called whom, nothing about anybody, and no exchange that waits for it. */

import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import { eventually } from '../support/eventually.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { type OtlpReceiver, startOtlpReceiver } from '../support/otlp-receiver.ts';
import { startPostgres } from '../support/servers.ts';

t.setTimeout(120_000);

const consumer = 'G07/social-protection';
const marital = 'G15/civil-status/get-marital-status';
const person = 'G01/population/get-person';
const [callerTrace, callerSpan] = ['4bf92f3577b34da6a3ce929d0e0e4736', '00f067aa0ba902b7'];
const [pin, otherPin] = ['099190000001', '099088000002'];
const agreement = (id: string, service: string) => ({
  id,
  consumer: `VN/GOV/${consumer}`,
  service: `VN/GOV/${service}`,
  purposes: ['test'],
  legalBasis: 'Test decree',
  fields: 'basic',
  validFrom: '2020-01-01',
  validUntil: '2999-12-31',
  quota: { requestsPerSecond: 1000, burst: 1000 },
});
const telemetry = {
  sampleRatio: 1,
  traceIntervalMs: 100,
  metricIntervalMs: 300,
  timeoutMs: 500,
  spansWaitingMax: 100,
  spansBatchMax: 50,
};

const httpSettings = {
  connectTimeoutMs: 1000,
  headersTimeoutMs: 2000,
  bodyTimeoutMs: 2000,
  connectionsMax: 4,
  answerBytesMax: 10_000,
};
const postgres = await startPostgres(t);
const sqlSettings = { url: postgres.url, poolMax: 2, connectTimeoutMs: 2000 };

t.test('an exchange and its call to a registry are spans of the caller’s trace, without anybody in them', async (t) => {
  const { collector, gateway, asked } = await stand(t);
  const secrets = { 'x-road-userid': 'official-0042', 'x-road-issue': 'free text', 'x-road-id': 'message-77' };
  const reply = await gateway.call(
    marital,
    consumer,
    { pin },
    { traceparent: `00-${callerTrace}-${callerSpan}-01`, ...secrets },
  );
  t.equal(reply.status, 200);
  t.equal(reply.headers.get('traceparent'), `00-${callerTrace}-${callerSpan}-01`, 'the caller’s goes on');
  const again = await gateway.call(marital, consumer, { pin });
  t.equal(again.headers.get('cache-status')?.includes('hit'), true);
  const [exchange, call] = await eventually(() => {
    const found = collector.spans.filter(({ traceId }) => traceId === callerTrace);
    return found.length === 2 ? found.sort((a, b) => a.kind - b.kind) : undefined;
  });
  t.match(exchange, {
    kind: 2,
    name: `POST /r1/VN/GOV/${marital}/v1`,
    parentSpanId: callerSpan,
    status: 0,
    attributes: {
      'http.request.method': 'POST',
      'http.route': `/r1/VN/GOV/${marital}/v1`,
      'http.response.status_code': 200,
      'lienthong.consumer': `VN/GOV/${consumer}`,
      'lienthong.exchange.id': reply.headers.get('exchange-id'),
      'lienthong.source': 'registry',
    },
    resource: { 'service.name': 'lienthong', 'service.instance.id': 'gateway-1' },
  });
  t.match(call, {
    kind: 3,
    name: 'judicial get-marital-status.v1',
    parentSpanId: exchange?.spanId,
    attributes: {
      'http.request.method': 'POST',
      'http.response.status_code': 200,
      'server.address': '127.0.0.1',
      'lienthong.registry': 'judicial',
    },
  });
  t.equal(
    asked[0]?.traceparent,
    `00-${callerTrace}-${call?.spanId}-01`,
    'the registry is told of the call as its parent',
  );

  const own = await eventually(() =>
    collector.spans.find(({ attributes }) => attributes['lienthong.source'] === 'cache'),
  );
  t.equal(
    own.traceId,
    String(own.attributes['lienthong.exchange.id']).replaceAll('-', ''),
    'an exchange’s id is its trace',
  );
  t.equal(own.parentSpanId, '');
  t.equal(again.headers.get('traceparent'), `00-${own.traceId}-${own.spanId}-01`, 'the reply says that it is sampled');
  const strange = await gateway.call(marital, consumer, { pin }, { traceparent: 'zz' });
  t.match(strange.headers.get('traceparent'), /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/, 'what is no context counts as none');

  const refused = await gateway.call(`${marital}-of-${pin}`, consumer, { pin });
  t.equal(refused.status, 404);
  const unknown = await eventually(() =>
    collector.spans.find(({ attributes }) => attributes['http.response.status_code'] === 404),
  );
  t.match(unknown, { name: 'POST /r1/*', attributes: { 'error.type': 'service-unknown' }, status: 0 });

  const [entry] = await gateway.entries();
  const personal = [
    pin,
    '099',
    'message-77',
    'free text',
    'official-0042',
    entry?.subject,
    entry?.official,
    entry?.message,
  ];
  await eventually(() => collector.metrics.size > 0);
  const sent = Buffer.concat(collector.bodies).toString('latin1');
  for (const one of personal) t.notOk(one === undefined || sent.includes(one), `${one} is nowhere`);
});

t.test('a call to a database says which, and a failed one how', async (t) => {
  const { collector, gateway } = await stand(t);
  t.equal((await gateway.call(person, consumer, { pin: otherPin })).status, 502);
  const call = await eventually(() => collector.spans.find(({ name }) => name === 'population get-person.v1'));
  t.match(call, {
    kind: 3,
    status: 2,
    attributes: { 'db.system.name': 'postgresql', 'db.namespace': 'postgres', 'error.type': 'failed' },
  });
  const exchange = await eventually(() => collector.spans.find(({ spanId }) => spanId === call.parentSpanId));
  t.match(exchange, { status: 2, attributes: { 'error.type': 'registry-failed', 'http.response.status_code': 502 } });
});

t.test('the collector gets the metrics that /metrics shows', async (t) => {
  const { collector, gateway } = await stand(t);
  for (let index = 0; index < 3; index += 1) await gateway.call(marital, consumer, { pin });
  const service = `VN/GOV/${marital}`;
  const exchanges = await eventually(() => {
    const found = collector.metrics.get('lienthong_exchanges_total');
    return found?.points.reduce((sum, { value }) => sum + value, 0) === 3 ? found : undefined;
  });
  t.equal(exchanges.kind, 'sum');
  t.match(exchanges.points[0]?.attributes, { service, outcome: 'ok' });
  const durations = collector.metrics.get('lienthong_exchange_duration_seconds');
  t.match(durations, { kind: 'histogram', unit: 's', points: [{ attributes: { service }, value: 3 }] });
  const { bucketCounts = [], bounds = [] } = durations?.points[0] ?? {};
  t.equal(bucketCounts.length, bounds.length + 1);
  t.equal(
    bucketCounts.reduce((sum, count) => sum + count, 0),
    3,
    'each exchange lies in one bucket',
  );
  const exposed = await fetch(`${gateway.url}/metrics`).then((response) => response.text());
  const names = [...exposed.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name);
  t.same([...collector.metrics.keys()].sort(), names.sort());
});

t.test('what the caller does not sample is not sent, and a registry is told so', async (t) => {
  const { collector, gateway, asked } = await stand(t);
  await gateway.call(marital, consumer, { pin }, { traceparent: `00-${callerTrace}-${callerSpan}-00` });
  t.match(asked[0]?.traceparent, new RegExp(`^00-${callerTrace}-[0-9a-f]{16}-00$`));
  await eventually(() => collector.metrics.size > 0);
  t.same(collector.spans, []);
});

t.test('while the collector is away exchanges go on, nothing piles up, and it is told', async (t) => {
  const { collector, gateway } = await stand(t, { spansWaitingMax: 5, spansBatchMax: 5 });
  collector.status = 400;
  for (let index = 0; index < 40; index += 1) {
    t.equal((await gateway.call(marital, consumer, { pin })).status, 200);
  }
  const countOf = async (outcome: string) => {
    const exposed = await fetch(`${gateway.url}/metrics`).then((response) => response.text());
    const [, count] =
      new RegExp(`telemetry_sent_total\\{signal="traces",outcome="${outcome}"\\} (\\d+)`).exec(exposed) ?? [];
    return Number(count ?? 0);
  };
  await eventually(async () => (await countOf('failed')) + (await countOf('dropped')) >= 40);
  t.ok((await countOf('failed')) > 0);
  collector.status = 200;
  await eventually(async () => {
    await gateway.call(marital, consumer, { pin });
    return collector.spans.length > 0;
  });
});

t.test('a collector that never answers holds up no end', async (t) => {
  const silent = createServer(() => undefined);
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  t.teardown(() => {
    silent.closeAllConnections();
    silent.close();
  });
  const { gateway } = await stand(t, { url: urlOf(silent) });
  t.equal((await gateway.call(marital, consumer, { pin })).status, 200);
  const begunMs = performance.now();
  await gateway.gateway.close();
  t.ok(performance.now() - begunMs < 4000);
});

interface Stand {
  readonly collector: OtlpReceiver;
  readonly gateway: TestGateway;
  /** Headers of the requests that the HTTP registry got. */
  readonly asked: IncomingHttpHeaders[];
}

/** A gateway before a judicial registry that knows nobody, and a population database without tables. */
async function stand(t: Test, changes: object = {}): Promise<Stand> {
  const collector = await startOtlpReceiver(t);
  const asked: IncomingHttpHeaders[] = [];
  const registry = createServer((request, response) => {
    request.resume();
    if (request.method === 'POST') asked.push(request.headers);
    response.setHeader('content-type', 'application/json');
    response.end('{"ma":201}');
  });
  registry.listen(0, '127.0.0.1');
  await once(registry, 'listening');
  t.teardown(() => {
    registry.closeAllConnections();
    registry.close();
  });
  const gateway = await startGateway(t, {
    registries: [
      { adapter: 'judicial', source: { ...httpSettings, url: urlOf(registry) } },
      { adapter: 'population', source: { ...sqlSettings } },
      { adapter: 'social-affairs', source: { ...sqlSettings } },
    ],
    agreements: [agreement('marital', marital), agreement('person', person)],
    settings: { telemetry: { otlp: { url: collector.url, ...telemetry, ...changes } } },
  });
  return { collector, gateway, asked };
}

function urlOf(server: ReturnType<typeof createServer>): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
