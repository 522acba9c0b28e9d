/** Shows Prometheus the pushes that are not settled, by registry and by how they stand. */

import { Gauge, type Registry } from 'prom-client';
import type { PushStock } from '../exchange/pushes.ts';
import type { Metrics } from './metrics.ts';

const standings: readonly PushStock[number]['standing'][] = [
  'waiting',
  'delivering',
  'retrying',
  'awaiting-answer',
  'held',
  'dead',
];

export function createStockMetrics(registers: Registry[]): Pick<Metrics, 'deliveriesCounted'> {
  let known: { readonly registries: readonly string[]; readonly stock: PushStock } | undefined;
  const labelNames = ['registry', 'standing'];
  const gauge = (name: string, help: string, measure: (one: PushStock[number]) => number) =>
    new Gauge({
      name,
      help,
      labelNames,
      registers,
      collect() {
        this.reset();
        // Nothing at all rather than something old, where it could not be counted; a nought for whatever has none.
        for (const registry of known?.registries ?? []) {
          for (const standing of standings) this.set({ registry, standing }, 0);
        }
        for (const one of known?.stock ?? []) {
          this.set({ registry: one.registry, standing: one.standing }, measure(one));
        }
      },
    });
  gauge('lienthong_deliveries_standing', 'Pushes that are not settled, by registry and standing', ({ count }) => count);
  gauge(
    'lienthong_deliveries_oldest_age_seconds',
    'Since the acceptance of the oldest of them; 0 where there is none',
    ({ oldestMs }) => Math.max(0, (Date.now() - oldestMs) / 1000),
  );
  return {
    deliveriesCounted(registries, stock) {
      known = stock && { registries, stock };
    },
  };
}
