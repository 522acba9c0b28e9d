/** Lets the lines of bulk requests wait for a registry instead of being refused, and leaves part of each registry to single requests. */

import { Problem } from '../../problems.ts';
import type { Breakers, BreakerTarget, Waiter } from '../ports.ts';
import type { Rest } from './paced-quota.ts';

export interface PatientBreakerSettings {
  /** Part of what a registry is asked at once that all bulk requests together may take; one call at least. */
  readonly registryConcurrencyPercent: number;
  /** Until a registry that is full is asked again, milliseconds. */
  readonly busyRetryMs: number;
  /** After which a line is refused all the same, milliseconds. */
  readonly busyWaitMs: number;
}

interface Registry {
  free: number;
  readonly waiting: (() => void)[];
}

export function createPatientBreakers(breakers: Breakers, settings: PatientBreakerSettings, rest: Rest): Breakers {
  const registries = new Map<string, Registry>();

  function registryOf({ registry, registryConcurrencyMax }: BreakerTarget): Registry {
    const known = registries.get(registry);
    if (known !== undefined) return known;
    const share = Math.floor((registryConcurrencyMax * settings.registryConcurrencyPercent) / 100);
    const made: Registry = { free: Math.max(1, share), waiting: [] };
    registries.set(registry, made);
    return made;
  }

  /** Whoever has gone meanwhile comes in all the same, and is sent away by the breaker. */
  async function enter(registry: Registry): Promise<void> {
    if (registry.free > 0) registry.free -= 1;
    else await new Promise<void>((resolve) => registry.waiting.push(resolve));
  }

  function leave(registry: Registry): void {
    const next = registry.waiting.shift();
    if (next === undefined) registry.free += 1;
    else next();
  }

  return {
    stateOf: breakers.stateOf,
    async run(target, signal, work, waiter) {
      // Whatever its agreement says: nobody waits for one line.
      const behind: Waiter | undefined = waiter && { consumer: waiter.consumer, priority: 'batch' };
      const registry = registryOf(target);
      await enter(registry);
      try {
        for (let waitedMs = 0; ; waitedMs += settings.busyRetryMs) {
          try {
            return await breakers.run(target, signal, work, behind);
          } catch (error) {
            if (!isBusy(error) || waitedMs >= settings.busyWaitMs || signal.aborted) throw error;
          }
          await rest(settings.busyRetryMs, signal);
        }
      } finally {
        leave(registry);
      }
    },
  };
}

/** Refused before anything was done. */
const isBusy = (error: unknown) => error instanceof Problem && error.code === 'registry-busy';
