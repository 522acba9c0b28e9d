/** Keeps the spans that wait for the collector to a number, and counts those that found no room: the SDK drops them without a word. */

import { BatchSpanProcessor, type ReadableSpan, type SpanExporter, type SpanProcessor } from '@opentelemetry/sdk-trace';
import type { OtlpSettings } from './settings.ts';

type Bounds = Pick<OtlpSettings, 'spansWaitingMax' | 'spansBatchMax' | 'traceIntervalMs' | 'timeoutMs'>;

/** Those that are being sent count as waiting. */
export function createBoundedSpans(exporter: SpanExporter, bounds: Bounds, dropped: () => void): SpanProcessor {
  let waiting = 0;
  const counting: SpanExporter = {
    export(spans, done) {
      exporter.export(spans, (result) => {
        waiting -= spans.length;
        done(result);
      });
    },
    shutdown: () => exporter.shutdown(),
    forceFlush: async () => exporter.forceFlush?.(),
  };
  const batches = new BatchSpanProcessor({
    exporter: counting,
    maxQueueSize: bounds.spansWaitingMax,
    maxExportBatchSize: Math.min(bounds.spansBatchMax, bounds.spansWaitingMax),
    scheduledDelayMillis: bounds.traceIntervalMs,
    // A little longer than the exporter's own time, so that it is always the exporter that says what became of them.
    exportTimeoutMillis: bounds.timeoutMs + 1000,
  });
  return {
    onStart: () => undefined,
    onEnd(span: ReadableSpan) {
      if (waiting >= bounds.spansWaitingMax) return dropped();
      waiting += 1;
      batches.onEnd(span);
    },
    forceFlush: () => batches.forceFlush(),
    shutdown: () => batches.shutdown(),
  };
}
