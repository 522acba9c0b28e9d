/** Gives the SDK what Prometheus is shown: each metric is defined once, for both. */

import { type Attributes, type HrTime, ValueType } from '@opentelemetry/api';
import { hrTime } from '@opentelemetry/core';
import type { Resource } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  type DataPoint,
  DataPointType,
  type Histogram,
  type MetricData,
  type MetricProducer,
} from '@opentelemetry/sdk-metrics';
import type { Registry } from 'prom-client';

export type Snapshot = Awaited<ReturnType<Registry['getMetricsAsJSON']>>;

interface Value {
  readonly labels: Attributes;
  readonly value: number;
  readonly metricName?: string;
}

/** All is counted from the start of the process, as Prometheus has it. */
export function createPrometheusProducer(snapshot: () => Promise<Snapshot>, resource: Resource): MetricProducer {
  const startTime = hrTime();
  return {
    async collect() {
      const endTime = hrTime();
      const taken = await snapshot();
      const metrics = taken.flatMap((metric) => translate(metric, startTime, endTime));
      return {
        resourceMetrics: { resource, scopeMetrics: [{ scope: { name: 'lienthong' }, metrics }] },
        errors: [],
      };
    },
  };
}

function translate(metric: Snapshot[number], startTime: HrTime, endTime: HrTime): MetricData[] {
  const { name, help, type } = metric;
  const values = metric.values as readonly Value[];
  const common = {
    descriptor: { name, description: help, unit: unitOf(name), valueType: ValueType.DOUBLE },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
  };
  const points = () => values.map(({ labels, value }) => ({ startTime, endTime, attributes: labels, value }));
  // prom-client 15 gives the names of its types, whatever its declarations say.
  switch (String(type)) {
    case 'counter':
      return [{ ...common, dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints: points() }];
    case 'histogram':
      return [
        { ...common, dataPointType: DataPointType.HISTOGRAM, dataPoints: histograms(values, startTime, endTime) },
      ];
    default:
      return [{ ...common, dataPointType: DataPointType.GAUGE, dataPoints: points() }];
  }
}

/** UCUM. */
function unitOf(name: string): string {
  if (/_seconds(?:_total)?$/.test(name)) return 's';
  return /_bytes(?:_total)?$/.test(name) ? 'By' : '';
}

/** Prometheus counts up to each bound, OTLP between two of them. */
function histograms(values: readonly Value[], startTime: HrTime, endTime: HrTime): DataPoint<Histogram>[] {
  const series = new Map<string, DataPoint<Histogram> & { readonly value: { below: number } }>();
  for (const { labels, value, metricName = '' } of values) {
    const { le, ...attributes } = labels;
    const key = JSON.stringify(Object.entries(attributes).sort());
    const point = series.get(key) ?? { startTime, endTime, attributes, value: emptyHistogram() };
    series.set(key, point);
    const { buckets } = point.value;
    if (metricName.endsWith('_sum')) point.value.sum = value;
    else if (metricName.endsWith('_count')) point.value.count = value;
    else {
      if (le !== '+Inf') buckets.boundaries.push(Number(le));
      buckets.counts.push(value - point.value.below);
      point.value.below = value;
    }
  }
  return [...series.values()];
}

const emptyHistogram = () => ({
  buckets: { boundaries: [] as number[], counts: [] as number[] },
  sum: 0,
  count: 0,
  below: 0,
});
