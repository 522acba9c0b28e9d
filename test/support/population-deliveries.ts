/** The population register on its sample, with what gives it deliveries. */

import adapter from '../../adapters/population/adapter.ts';
import type { Delivery, DeliveryOutcome, Registry } from '../../src/adapter-kit/index.ts';
import { acceptedAtMs } from '../contracts/delivery.ts';
import { startEmbeddedHost } from './embedded-host.ts';

export interface PopulationDeliveries {
  readonly registry: Registry;
  /** postgres:// URL. */
  readonly url: string;
  /** Each call is another delivery of the handler of that key. */
  deliver(key: string, message: unknown): Promise<DeliveryOutcome>;
}

const deliverMs = 30_000;

export async function openPopulationDeliveries(
  t: Parameters<typeof startEmbeddedHost>[0],
): Promise<PopulationDeliveries> {
  const settings = await adapter.embedded?.(await startEmbeddedHost(t, 'population'));
  if (settings === undefined) throw new Error('the adapter has an embedded form');
  const registry = await adapter.open(settings);
  t.teardown(() => registry.close());
  let deliveries = 0;
  return {
    registry,
    url: settings.url,
    async deliver(key, message) {
      const handler = registry.deliveries?.[key];
      if (handler === undefined) throw new Error(`there is no ${key}`);
      deliveries += 1;
      const exchangeId = `019a0000-0000-7000-8000-${String(deliveries).padStart(12, '0')}`;
      const sender = 'VN/GOV/H26/one-stop';
      const delivery: Delivery = { exchangeId, leg: key, round: 0, message, results: {}, acceptedAtMs, sender };
      return handler(delivery, { signal: AbortSignal.timeout(deliverMs) });
    },
  };
}
