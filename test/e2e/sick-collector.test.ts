/** Processes whose collector trickles its answers for ever: they say so, are renewed and end as if it were well. */

import t, { type Test } from 'tap';
import { eventually } from '../support/eventually.ts';
import { createPlace, type GatewayProcess, type Place, serve } from '../support/gateway-process.ts';
import { startOtlpReceiver } from '../support/otlp-receiver.ts';
import { collectorTroubles } from '../support/sick-collector.ts';
import { troubledSetup } from '../support/troubled.ts';
import { askOnce, endGateway, renewWorkers, serveWorkers } from '../support/worker-process.ts';

t.setTimeout(120_000);

const graceMs = 10_000;
const otlp = {
  sampleRatio: 1,
  traceIntervalMs: 100,
  metricIntervalMs: 300,
  timeoutMs: 500,
  spansWaitingMax: 64,
  spansBatchMax: 8,
};

/** Exchanges are answered, and the collector does not take what is told of them. */
async function beginWith(begin: (t: Test, place: Place) => Promise<GatewayProcess>, t: Test) {
  const collector = await startOtlpReceiver(t);
  collector.trouble = collectorTroubles.trickling;
  const place = await createPlace(t, {
    ...troubledSetup,
    settings: { workers: { drainIdleMs: 500 }, telemetry: { otlp: { url: collector.url, ...otlp } } },
  });
  const gateway = await begin(t, place);
  for (let index = 0; index < 20; index += 1) t.equal((await askOnce(place, undefined)).status, 200);
  return { collector, place, gateway };
}

t.test('SIGTERM ends the process, and the log says what is wrong with the collector', async (t) => {
  const { gateway } = await beginWith(serve, t);
  const told = await eventually(() => gateway.lines.find((line) => line.includes('takes no telemetry')));
  t.match(told, /not answered in full within \d+ ms/);
  const begunMs = performance.now();
  t.same(await endGateway(gateway), [0, null]);
  t.ok(performance.now() - begunMs < graceMs);
});

t.test('workers are renewed, and send again once the collector is well', async (t) => {
  const { collector, place, gateway } = await beginWith(serveWorkers, t);
  await renewWorkers(gateway);
  t.equal((await askOnce(place, undefined)).status, 200);
  collector.trouble = undefined;
  await eventually(async () => {
    await askOnce(place, undefined);
    return collector.spans.length > 0 && collector.metrics.size > 0;
  });
  t.same(await endGateway(gateway), [0, null]);
});
