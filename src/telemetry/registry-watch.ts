/** Watches the calls to each registry from outside the breakers: how many, how long, and what went wrong last. */

import { performance } from 'node:perf_hooks';
import type { Breakers, BreakerTarget, Clock } from '../exchange/ports.ts';
import type { RegistryFailure, RegistryUse } from '../exchange/registry-reports.ts';
import { Problem, type ProblemCode } from '../problems.ts';
import { createLatencyWindow, type LatencyWindow } from './latency-window.ts';

export interface RegistryWatchSetup {
  readonly clock: Clock;
  readonly latencyCallsMax: number;
  readonly observer: RegistryCallObserver;
}

export interface RegistryCallObserver {
  registryCalled(registry: string, durationMs: number): void;
  registryFailed(registry: string, code: ProblemCode): void;
}

export interface RegistryWatch {
  /** The same breakers, with every call seen. */
  over<Watched extends Breakers>(breakers: Watched): Watched;
  /** By registry; those that were never called are missing. */
  uses(): ReadonlyMap<string, RegistryUse>;
}

interface Use {
  inFlight: number;
  queued: number;
  readonly window: LatencyWindow;
  lastError: RegistryFailure | undefined;
}

/** The registry's own: a circuit that is open and a registry that is full follow from calls before. */
const ownFailures: ReadonlySet<ProblemCode> = new Set([
  'registry-unavailable',
  'registry-timeout',
  'registry-answer-invalid',
  'registry-failed',
]);

export function createRegistryWatch({ clock, latencyCallsMax, observer }: RegistryWatchSetup): RegistryWatch {
  const uses = new Map<string, Use>();

  function useOf({ registry }: BreakerTarget): Use {
    const known = uses.get(registry);
    if (known !== undefined) return known;
    const made: Use = { inFlight: 0, queued: 0, window: createLatencyWindow(latencyCallsMax), lastError: undefined };
    uses.set(registry, made);
    return made;
  }

  function noteFailure(use: Use, { registry, id }: BreakerTarget, error: unknown): void {
    if (!(error instanceof Problem) || !ownFailures.has(error.code)) return;
    use.lastError = { code: error.code, at: new Date(clock.nowMs()).toISOString(), service: id };
    observer.registryFailed(registry, error.code);
  }

  /** In flight until the work ends, even where nobody waits for it any more. */
  async function timed<T>(use: Use, { registry }: BreakerTarget, work: () => Promise<T>): Promise<T> {
    const begunMs = performance.now();
    use.inFlight += 1;
    try {
      return await work();
    } finally {
      const durationMs = performance.now() - begunMs;
      use.inFlight -= 1;
      use.window.add(durationMs);
      observer.registryCalled(registry, durationMs);
    }
  }

  return {
    over: (breakers) => ({
      ...breakers,
      async run(target, signal, work, waiter) {
        const use = useOf(target);
        let waits = true;
        const begin = () => {
          if (waits) use.queued -= 1;
          waits = false;
        };
        use.queued += 1;
        try {
          const watched = (budget: AbortSignal) => {
            begin();
            return timed(use, target, () => work(budget));
          };
          return await breakers.run(target, signal, watched, waiter);
        } catch (error) {
          noteFailure(use, target, error);
          throw error;
        } finally {
          begin();
        }
      },
    }),
    uses: () =>
      new Map(
        [...uses].map(([registry, { inFlight, queued, window, lastError }]) => [
          registry,
          { inFlight, queued, latency: window.read(), lastError },
        ]),
      ),
  };
}
