/** Sends traces and metrics to a collector by OTLP over HTTP; imported only where that is configured, since it loads the OpenTelemetry SDK. */

import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { type Resource, resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { ParentBasedSampler, TraceIdRatioBasedSampler, TracerProvider } from '@opentelemetry/sdk-trace';
import { createBoundedSpans } from './bounded-spans.ts';
import { createPrometheusProducer, type Snapshot } from './prometheus-producer.ts';
import type { OtlpSettings } from './settings.ts';
import { createTraceIds } from './trace-ids.ts';
import { createTracing, type Tracing } from './tracing.ts';
import { type SendObserver, watchSending } from './watch-sending.ts';

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
  /** Sends what is waiting, for as long as one request may take. */
  close(): Promise<void>;
}

export function openOtlp(setup: OtlpSetup): Otlp {
  const resource = resourceFromAttributes({
    'service.name': 'lienthong',
    'service.version': setup.version,
    'service.instance.id': setup.instance,
  });
  const ids = createTraceIds();
  const traces = openTraces(setup, resource, ids);
  const metrics = openMetrics(setup, resource);
  return {
    ...createTracing(traces.getTracer('lienthong', setup.version), ids),
    async close() {
      // What could not be sent has been told by whoever watches the sending.
      await Promise.allSettled([traces.shutdown(), metrics.shutdown()]);
    },
  };
}

function openTraces(setup: OtlpSetup, resource: Resource, idGenerator: ReturnType<typeof createTraceIds>) {
  const { settings, observer } = setup;
  const exporter = watchSending(new OTLPTraceExporter(requestOptions(setup, 'traces')), {
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

function openMetrics(setup: OtlpSetup, resource: Resource): MeterProvider {
  const { settings, snapshot, observer } = setup;
  const exporter = watchSending(new OTLPMetricExporter(requestOptions(setup, 'metrics')), {
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

function requestOptions({ settings, ca }: OtlpSetup, path: 'traces' | 'metrics') {
  const { url, headers, timeoutMs } = settings;
  return {
    url: `${url.replace(/\/+$/, '')}/v1/${path}`,
    timeoutMillis: timeoutMs,
    concurrencyLimit: 1,
    ...(headers === undefined ? {} : { headers: { ...headers } }),
    ...(ca === undefined ? {} : { httpAgentOptions: { ca, keepAlive: true } }),
  };
}
