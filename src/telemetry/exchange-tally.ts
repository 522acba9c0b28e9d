/** Counts and times exchanges in plain numbers: prom-client would print and look up the labels of each one, which takes longer than its cache lookup. */

import type { Registry } from 'prom-client';
import { createDurationTally, register, type Value } from './duration-tally.ts';

export interface ExchangeTally {
  /** `service`, `outcome` and `source` become labels; there must be few different ones, for all are kept. */
  count(service: string, outcome: string, source: string, seconds: number): void;
}

interface OutcomeTally {
  readonly outcome: string;
  readonly source: string;
  exchanges: number;
}

/** `boundsSeconds` ascend. */
export function createExchangeTally(registry: Registry, boundsSeconds: readonly number[]): ExchangeTally {
  const services = new Map<string, Map<string, OutcomeTally>>();
  register(registry, {
    name: 'lienthong_exchanges_total',
    help: 'Exchanges recorded, by service, outcome (problem code or ok) and source of the answer',
    type: 'counter',
    get: () => [...services].flatMap(([service, outcomes]) => counts(service, outcomes)),
  });
  const durations = createDurationTally(registry, {
    name: 'lienthong_exchange_duration_seconds',
    help: 'From the whole request read to the record durable',
    label: 'service',
    boundsSeconds,
  });

  return {
    count(service, outcome, source, seconds) {
      let outcomes = services.get(service);
      if (outcomes === undefined) {
        outcomes = new Map();
        services.set(service, outcomes);
      }
      // A problem has no source: the two can share a key.
      const key = outcome === 'ok' ? source : outcome;
      let counted = outcomes.get(key);
      if (counted === undefined) {
        counted = { outcome, source, exchanges: 0 };
        outcomes.set(key, counted);
      }
      counted.exchanges += 1;
      durations.add(service, seconds);
    },
  };
}

function counts(service: string, outcomes: ReadonlyMap<string, OutcomeTally>): Value[] {
  return [...outcomes.values()].map(({ outcome, source, exchanges }) => ({
    labels: { service, outcome, source },
    value: exchanges,
  }));
}
