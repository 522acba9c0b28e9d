/** Counts for Prometheus of what was sent to a collector, so that a collector that is away is noticed without it. */

import { Counter, type Registry } from 'prom-client';
import type { Metrics } from './metrics.ts';

export function createOtlpMetrics(registers: Registry[]): Pick<Metrics, 'telemetrySent'> {
  const items = new Counter({
    name: 'lienthong_telemetry_sent_total',
    help: 'Spans and collections of metrics for the collector, by outcome: sent, failed or dropped',
    labelNames: ['signal', 'outcome'],
    registers,
  });
  return { telemetrySent: (signal, outcome, count) => items.inc({ signal, outcome }, count) };
}
