/** Sends traces and metrics to a collector by OTLP over HTTP; imported only where that is configured, since it loads the OpenTelemetry SDK. */

import { once } from 'node:events';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { type Resource, resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { ParentBasedSampler, TraceIdRatioBasedSampler, TracerProvider } from '@opentelemetry/sdk-trace';
import { createBoundedSpans } from './bounded-spans.ts';
import { type CollectorLine, createCollectorLine } from './collector-line.ts';
import { createPrometheusProducer, type Snapshot } from './prometheus-producer.ts';
import type { OtlpSettings } from './settings.ts';
import { CollectorFault, timeExports } from './time-exports.ts';
import { createTraceIds } from './trace-ids.ts';
import { createTracing, type Tracing } from './tracing.ts';
import { type OtlpSignal, type SendObserver, watchSending } from './watch-sending.ts';

export interface OtlpSetup {
  readonly settings: OtlpSettings;
  /** PEM. */
  readonly ca: string | undefined;
  readonly version: string;
  /** Names this process among all. */
  readonly instance: string;
  readonly snapshot: () => Promise<Snapshot>;
  readonly observer: SendObserver;
}

export interface Otlp extends Tracing {
  /** Sends what is waiting, for as long as one export may take; what is not sent by then is given up. */
  close(): Promise<void>;
}

export function openOtlp(setup: OtlpSetup): Otlp {
  const resource = resourceFromAttributes({
    'service.name': 'lienthong',
    'service.version': setup.version,
    'service.instance.id': setup.instance,
  });
  const ids = createTraceIds();
  const ending = new AbortController();
  const traces = openTraces(setup, resource, ids, ending.signal);
  const metrics = openMetrics(setup, resource, ending.signal);
  return {
    ...createTracing(traces.getTracer('lienthong', setup.version), ids),
    async close() {
      const { timeoutMs } = setup.settings;
      const reason = new CollectorFault(
        `the gateway closes, and the collector has not taken all within ${timeoutMs} ms`,
      );
      const timer = setTimeout(() => ending.abort(reason), timeoutMs);
      // What could not be sent has been told by whoever watches the sending.
      const sent = Promise.allSettled([traces.shutdown(), metrics.shutdown()]);
      await Promise.race([sent, once(ending.signal, 'abort')]);
      clearTimeout(timer);
      ending.abort(reason);
    },
  };
}

function openTraces(
  setup: OtlpSetup,
  resource: Resource,
  idGenerator: ReturnType<typeof createTraceIds>,
  end: AbortSignal,
) {
  const { settings, observer, ca } = setup;
  const line = createCollectorLine('traces', ca);
  const { timeoutMs } = settings;
  const timed = timeExports(new OTLPTraceExporter(requestOptions(setup, 'traces', line)), { line, timeoutMs, end });
  const exporter = watchSending(timed, {
    signal: 'traces',
    countOf: (spans) => spans.length,
    observer,
  });
  return new TracerProvider({
    resource,
    idGenerator,
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(settings.sampleRatio) }),
    spanProcessors: [createBoundedSpans(exporter, settings, () => observer.dropped('traces', 1))],
  });
}

function openMetrics(setup: OtlpSetup, resource: Resource, end: AbortSignal): MeterProvider {
  const { settings, snapshot, observer, ca } = setup;
  const line = createCollectorLine('metrics', ca);
  // The reader gives an export up where the next one is due.
  const timeoutMs = Math.min(settings.timeoutMs, settings.metricIntervalMs);
  const timed = timeExports(new OTLPMetricExporter(requestOptions(setup, 'metrics', line)), { line, timeoutMs, end });
  const exporter = watchSending(timed, {
    signal: 'metrics',
    countOf: () => 1,
    observer,
  });
  const reader = new PeriodicExportingMetricReader({
    exporter,
    exportIntervalMillis: settings.metricIntervalMs,
    // A little longer than the exporter's own time, so that it is always the exporter that says what became of it.
    exportTimeoutMillis: Math.min(settings.metricIntervalMs, settings.timeoutMs + 1000),
    metricProducers: [createPrometheusProducer(snapshot, resource)],
  });
  return new MeterProvider({ resource, readers: [reader] });
}

function requestOptions({ settings }: OtlpSetup, signal: OtlpSignal, { agentFor }: CollectorLine) {
  const { url, headers, timeoutMs } = settings;
  return {
    url: `${url.replace(/\/+$/, '')}/v1/${signal}`,
    timeoutMillis: timeoutMs,
    concurrencyLimit: 1,
    httpAgentOptions: agentFor,
    ...(headers === undefined ? {} : { headers: { ...headers } }),
  };
}
