/** Keeps a registry's trouble its own: budget, circuit and concurrency limit stand around every call. */

import type { Breakers, BreakerTarget, Waiter } from '../ports.ts';

export interface ThroughBreakerDependencies {
  readonly breakers: Breakers;
}

export const throughBreaker =
  ({ breakers }: ThroughBreakerDependencies) =>
  <T>(
    service: BreakerTarget,
    waiter: Waiter,
    signal: AbortSignal,
    work: (budget: AbortSignal) => Promise<T>,
  ): Promise<T> =>
    breakers.run(service, signal, work, waiter);
