/** Shows Prometheus what becomes of pushes, and those that are not settled by registry and by how they stand. */

import { Counter, Gauge, type Registry } from 'prom-client';
import type { PushStock } from '../exchange/pushes.ts';
import type { Metrics } from './metrics.ts';

export const standings: readonly PushStock[number]['standing'][] = [
  'waiting',
  'delivering',
  'retrying',
  'awaiting-answer',
  'held',
  'dead',
];

export function createDeliveryMetrics(
  registers: Registry[],
): Pick<Metrics, 'deliveriesCounted' | 'deliveryMoved' | 'deliveriesOpen'> {
  const moved = new Counter({
    name: 'lienthong_delivery_transitions_total',
    help: 'Accepted pushes that came into another state, by service and state',
    labelNames: ['service', 'state'],
    registers,
  });
  const deliveriesUp = new Gauge({
    name: 'lienthong_deliveries_open',
    help: '1 once pushes are accepted and delivered, 0 before',
    registers,
  });
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
    deliveryMoved: (service, state) => moved.inc({ service, state }),
    deliveriesOpen: (isOpen) => deliveriesUp.set(isOpen ? 1 : 0),
    deliveriesCounted(registries, stock) {
      known = stock && { registries, stock };
    },
  };
}
