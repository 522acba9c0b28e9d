/** Counts for Prometheus of what is under way and what was turned away. */

import { Counter, Gauge, type Registry } from 'prom-client';
import type { MetricSources, Metrics } from './metrics.ts';

export function createOverloadMetrics(
  registers: Registry[],
  state: MetricSources['overload'],
): Pick<Metrics, 'refusalCounted'> {
  const counted = new Counter({
    name: 'lienthong_refusals_counted_total',
    help: 'Exchanges refused without an entry of their own, by problem: counted in one entry for many',
    labelNames: ['problem'],
    registers,
  });
  new Gauge({
    name: 'lienthong_exchanges_in_flight',
    help: 'Exchanges and bulk requests under way',
    registers,
    collect() {
      this.set(state?.().inFlight ?? 0);
    },
  });
  new Gauge({
    name: 'lienthong_exchanges_waiting_long',
    help: 'Exchanges that have left their places until a registry or the state database answers',
    registers,
    collect() {
      this.set(state?.().waitingLong ?? 0);
    },
  });
  new Gauge({
    name: 'lienthong_exchanges_in_flight_limit',
    help: 'Exchanges that may be under way at present',
    registers,
    collect() {
      this.set(state?.().limit ?? 0);
    },
  });
  return { refusalCounted: (problem) => counted.inc({ problem }) };
}
