/** A histogram in plain numbers, for what happens in every exchange: prom-client's prints and looks up labels and bounds at each observation. */

import type { Metric, Registry } from 'prom-client';

export interface DurationTally {
  /** `name` becomes the label; there must be few different ones, for all are kept. */
  add(name: string, seconds: number): void;
}

export interface DurationTallySetup {
  readonly name: string;
  readonly help: string;
  readonly label: string;
  /** Ascending. */
  readonly boundsSeconds: readonly number[];
}

export interface Value {
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
  readonly metricName?: string;
}

interface Tally {
  /** Durations up to each bound and above the one before; the last are above all bounds. */
  readonly buckets: number[];
  secondsSum: number;
}

export function createDurationTally(registry: Registry, setup: DurationTallySetup): DurationTally {
  const { name, help, boundsSeconds } = setup;
  const tallies = new Map<string, Tally>();
  const get = () => [...tallies].flatMap(([labelled, tally]) => valuesOf(setup, labelled, tally));
  register(registry, { name, help, type: 'histogram', get });
  return {
    add(labelled, seconds) {
      let tally = tallies.get(labelled);
      if (tally === undefined) {
        tally = { buckets: new Array(boundsSeconds.length + 1).fill(0), secondsSum: 0 };
        tallies.set(labelled, tally);
      }
      let bucket = 0;
      while (bucket < boundsSeconds.length && seconds > (boundsSeconds[bucket] as number)) bucket += 1;
      tally.buckets[bucket] = (tally.buckets[bucket] as number) + 1;
      tally.secondsSum += seconds;
    },
  };
}

export interface Registered {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'histogram';
  readonly get: () => Value[];
}

/** The registry asks a metric for nothing but its values when it is scraped. */
export function register(registry: Registry, { get, ...naming }: Registered): void {
  const metric = { ...naming, get: async () => ({ ...naming, aggregator: 'sum', values: get() }) };
  registry.registerMetric(metric as unknown as Metric);
}

function valuesOf({ name, label, boundsSeconds }: DurationTallySetup, labelled: string, tally: Tally): Value[] {
  let below = 0;
  const buckets = tally.buckets.map((durations, bucket) => {
    below += durations;
    return {
      metricName: `${name}_bucket`,
      labels: { le: boundsSeconds[bucket] ?? '+Inf', [label]: labelled },
      value: below,
    };
  });
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels: { [label]: labelled }, value: tally.secondsSum },
    { metricName: `${name}_count`, labels: { [label]: labelled }, value: below },
  ];
}
