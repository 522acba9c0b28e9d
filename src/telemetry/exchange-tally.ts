/** Counts and times exchanges in plain numbers: prom-client would print and look up the labels of each one, which takes longer than its cache lookup. */

import type { Metric, Registry } from 'prom-client';

export interface ExchangeTally {
  /** `service`, `outcome` and `source` become labels; there must be few different ones, for all are kept. */
  count(service: string, outcome: string, source: string, seconds: number): void;
}

interface ServiceTally {
  readonly outcomes: Map<string, OutcomeTally>;
  /** Durations up to each bound and above the one before; the last are above all bounds. */
  readonly durations: number[];
  secondsSum: number;
}

interface OutcomeTally {
  readonly outcome: string;
  readonly source: string;
  exchanges: number;
}

interface Value {
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
  readonly metricName?: string;
}

const counterName = 'lienthong_exchanges_total';
const histogramName = 'lienthong_exchange_duration_seconds';

/** `boundsSeconds` ascend. */
export function createExchangeTally(registry: Registry, boundsSeconds: readonly number[]): ExchangeTally {
  const services = new Map<string, ServiceTally>();
  register(registry, {
    name: counterName,
    help: 'Exchanges recorded, by service, outcome (problem code or ok) and source of the answer',
    type: 'counter',
    get: () => [...services].flatMap(([service, tally]) => counts(service, tally)),
  });
  register(registry, {
    name: histogramName,
    help: 'From the whole request read to the record durable',
    type: 'histogram',
    get: () => [...services].flatMap(([service, tally]) => durations(service, tally, boundsSeconds)),
  });

  return {
    count(service, outcome, source, seconds) {
      let tally = services.get(service);
      if (tally === undefined) {
        tally = { outcomes: new Map(), durations: new Array(boundsSeconds.length + 1).fill(0), secondsSum: 0 };
        services.set(service, tally);
      }
      // A problem has no source: the two can share a key.
      const key = outcome === 'ok' ? source : outcome;
      let counted = tally.outcomes.get(key);
      if (counted === undefined) {
        counted = { outcome, source, exchanges: 0 };
        tally.outcomes.set(key, counted);
      }
      counted.exchanges += 1;
      let bucket = 0;
      while (bucket < boundsSeconds.length && seconds > (boundsSeconds[bucket] as number)) bucket += 1;
      tally.durations[bucket] = (tally.durations[bucket] as number) + 1;
      tally.secondsSum += seconds;
    },
  };
}

interface Registered {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'histogram';
  readonly get: () => Value[];
}

/** The registry asks a metric for nothing but its values when it is scraped. */
function register(registry: Registry, { get, ...naming }: Registered): void {
  const metric = { ...naming, get: async () => ({ ...naming, aggregator: 'sum', values: get() }) };
  registry.registerMetric(metric as unknown as Metric);
}

function counts(service: string, { outcomes }: ServiceTally): Value[] {
  return [...outcomes.values()].map(({ outcome, source, exchanges }) => ({
    labels: { service, outcome, source },
    value: exchanges,
  }));
}

function durations(service: string, tally: ServiceTally, boundsSeconds: readonly number[]): Value[] {
  let below = 0;
  const buckets = tally.durations.map((exchanges, bucket) => {
    below += exchanges;
    return {
      metricName: `${histogramName}_bucket`,
      labels: { le: boundsSeconds[bucket] ?? '+Inf', service },
      value: below,
    };
  });
  return [
    ...buckets,
    { metricName: `${histogramName}_sum`, labels: { service }, value: tally.secondsSum },
    { metricName: `${histogramName}_count`, labels: { service }, value: below },
  ];
}
