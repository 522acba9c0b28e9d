/** Collectors that answer badly, over real HTTP: each export ends in time with what was wrong, and the next one is sent as if nothing had been. */

import { setTimeout as sleep } from 'node:timers/promises';
import { Counter, Registry } from 'prom-client';
import t, { type Test } from 'tap';
import type { Incoming, Settled } from '../../../src/exchange/types.ts';
import { openOtlp } from '../../../src/telemetry/otlp/open-otlp.ts';
import type { OtlpSettings } from '../../../src/telemetry/otlp/settings.ts';
import { eventually } from '../../support/eventually.ts';
import { startOtlpReceiver } from '../../support/otlp-receiver.ts';
import { collectorTroubles } from '../../support/sick-collector.ts';

t.setTimeout(60_000);

const timeoutMs = 300;
const causes = {
  trickling: /not answered in full within \d+ ms/,
  silent: /not answered in full within \d+ ms/,
  garbage: /Parse Error/,
  // On a busy machine its time may be over before the limit is reached.
  huge: /exceeded size limit|not answered in full/,
};

for (const [name, trouble] of Object.entries(collectorTroubles)) {
  t.test(`a ${name} collector is told of as such, and gets all once it is well`, async (t) => {
    const { collector, follow, seen } = await stand(t);
    collector.trouble = trouble;
    for (let index = 0; index < 4; index += 1) {
      await follow();
      await sleep(60);
    }
    await eventually(() => ['traces', 'metrics'].every((signal) => seen.failed.some((one) => one.signal === signal)));
    for (const { error } of seen.failed) t.match(error.message, causes[name as keyof typeof causes]);
    t.equal(seen.sent.length, 0, 'nothing passes for sent');
    collector.trouble = undefined;
    await eventually(async () => {
      await follow();
      return collector.spans.length > 0 && collector.metrics.size > 0;
    });
  });

  t.test(`closing waits for a ${name} collector no longer than one export may take`, async (t) => {
    const { collector, otlp, follow, seen } = await stand(t, { spansBatchMax: 2 });
    collector.trouble = trouble;
    for (let index = 0; index < 9; index += 1) await follow();
    const begunMs = performance.now();
    await otlp.close();
    t.ok(performance.now() - begunMs < timeoutMs + 2000);
    const spans = () => seen.failed.filter(({ signal }) => signal === 'traces');
    await eventually(() => spans().reduce((sum, { count }) => sum + count, 0) === 9);
    for (const { error } of spans()) t.notMatch(error.message, /Concurrent/);
  });
}

t.test('what waits in several batches is sent at the end, one after the other', async (t) => {
  const { collector, otlp, follow, seen } = await stand(t, {
    spansBatchMax: 3,
    traceIntervalMs: 10_000,
    timeoutMs: 10_000,
  });
  for (let index = 0; index < 11; index += 1) await follow();
  await otlp.close();
  t.equal(collector.spans.length, 11);
  t.same(seen.failed, []);
});

async function stand(t: Test, changes: Partial<OtlpSettings> = {}) {
  const collector = await startOtlpReceiver(t);
  const registry = new Registry();
  new Counter({ name: 'asked_total', help: 'Asked.', registers: [registry] }).inc();
  const seen = {
    sent: [] as string[],
    failed: [] as { signal: string; count: number; error: Error }[],
  };
  const otlp = openOtlp({
    settings: {
      url: collector.url,
      sampleRatio: 1,
      traceIntervalMs: 50,
      metricIntervalMs: 200,
      timeoutMs,
      spansWaitingMax: 100,
      spansBatchMax: 50,
      ...changes,
    },
    ca: undefined,
    version: '0.0.0-test',
    instance: 'test',
    snapshot: () => registry.getMetricsAsJSON(),
    observer: {
      sent: (signal) => void seen.sent.push(signal),
      failed: (signal, count, error) => void seen.failed.push({ signal, count, error: error as Error }),
      dropped: () => undefined,
    },
  });
  t.teardown(() => otlp.close());
  const exchange = otlp.overExchange({
    exchange: (_incoming: Incoming): Promise<Settled> => Promise.reject(new Error('the log is away')),
  });
  const follow = () =>
    exchange
      .exchange({ id: crypto.randomUUID(), verb: 'POST' } as unknown as Incoming)
      .catch((error: Error) => t.equal(error.message, 'the log is away'));
  return { collector, otlp, follow, seen };
}
