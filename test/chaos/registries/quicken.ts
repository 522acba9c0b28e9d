/** Shipped registries with the patience of a short run: the same code and data, shorter budgets, circuits and pauses. */

import { type AdapterDefinition, defineAdapter, type Manifest } from '../../../src/adapter-kit/index.ts';

const breaker = { errorThresholdPercent: 50, volumeThreshold: 5, windowMs: 2000, resetMs: 400 };
const retry = { triesMax: 1000, ageHoursMax: 1, backoffMinMs: 100, backoffMaxMs: 1000 };
const queryTimeoutMs = 1000;
/** Of answers that are kept at all: old enough soon for a stale one to stand in. */
const cacheTtlSeconds = 1;

export function quicken<Settings>(shipped: AdapterDefinition<Settings>): AdapterDefinition<Settings> {
  const services = shipped.manifest.services.map((service) =>
    service.kind === 'push'
      ? { ...service, breaker, retry }
      : {
          ...service,
          breaker,
          timeoutMs: queryTimeoutMs,
          cacheTtlSeconds: Math.min(service.cacheTtlSeconds, cacheTtlSeconds),
        },
  );
  return defineAdapter({ ...shipped, manifest: { ...shipped.manifest, services } as Manifest });
}
