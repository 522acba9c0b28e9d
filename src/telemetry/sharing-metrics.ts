/** Counts for Prometheus of what gateways share: answers behind memory, quotas, and Redis. */

import { Counter, Gauge, type Registry } from 'prom-client';
import type { Metrics } from './metrics.ts';

export function createSharingMetrics(
  registers: Registry[],
): Pick<Metrics, 'cacheEvent' | 'redisUp' | 'redisFailed' | 'quotaCountedAlone'> {
  const cacheEvents = new Counter({
    name: 'lienthong_cache_events_total',
    help: 'What became of answers behind memory, by event',
    labelNames: ['event'],
    registers,
  });
  const redisState = new Gauge({
    name: 'lienthong_redis_up',
    help: '1 while Redis is used, 0 while it cannot be or takes no writes; 0, too, where none is configured',
    registers,
  });
  const redisFailures = new Counter({
    name: 'lienthong_redis_failures_total',
    help: 'Commands that Redis did not do, and connections that were given up, by kind of trouble',
    labelNames: ['trouble'],
    registers,
  });
  const countedAlone = new Counter({
    name: 'lienthong_quota_counted_alone_total',
    help: 'Requests that this process counted alone because Redis, or the parent of several workers, was away',
    registers,
  });
  return {
    cacheEvent: (event) => cacheEvents.inc({ event }),
    redisUp: (isUp) => redisState.set(isUp ? 1 : 0),
    redisFailed: (trouble) => redisFailures.inc({ trouble }),
    quotaCountedAlone: () => countedAlone.inc(),
  };
}
