/** Keeps a registry's trouble its own: budget, circuit and concurrency limit stand around every call. */

import type { Breakers, BreakerTarget } from '../ports.ts';
import type { XRoadId } from '../types.ts';

export interface ThroughBreakerDependencies {
  readonly breakers: Breakers;
}

export const throughBreaker =
  ({ breakers }: ThroughBreakerDependencies) =>
  <T>(
    service: BreakerTarget,
    consumer: XRoadId,
    signal: AbortSignal,
    work: (budget: AbortSignal) => Promise<T>,
  ): Promise<T> =>
    breakers.run(service, signal, work, consumer);
