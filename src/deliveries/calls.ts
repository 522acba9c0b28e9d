/** Calls a registry with one leg of a push: evenly, beside its queries, within its budget, and not at all while its circuit is open. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Delivery, DeliveryOutcome } from '../adapter-kit/delivery.ts';
import type { Registry } from '../adapter-kit/types.ts';
import type { Breakers, BreakerTarget, Catalogue, CircuitState } from '../exchange/ports.ts';
import type { BreakerPolicy, PushLeg, PushService } from '../exchange/services.ts';
import { Problem } from '../problems.ts';
import { createGate, type Gate } from './gate.ts';
import { createPace, type Pace } from './pace.ts';
import type { DeliverySettings } from './settings.ts';

export interface CallsSetup {
  readonly catalogue: Catalogue;
  readonly registries: ReadonlyMap<string, Registry>;
  readonly breakers: Breakers;
  readonly nowMs: () => number;
  readonly random: () => number;
  readonly settings: Pick<DeliverySettings, 'registryConcurrencyPercent' | 'perSecondMax' | 'busyRetryMs'>;
}

export interface Calls {
  /** Of the circuit that all deliveries to a registry share. */
  circuitOf(registry: string): CircuitState;
  /** How long the circuit stays open, milliseconds. */
  resetMs(registry: string): number;
  /** Deliveries that the registry is given at a time. */
  concurrencyOf(registry: string): number;
  /** Resolves when it is the leg's turn at its registry. Rejects when the signal aborts. */
  turn(leg: PushLeg, signal: AbortSignal): Promise<() => void>;
  /** What the registry says, or the Problem that kept it from saying anything. Rejects when the signal aborts. */
  give(service: PushService, leg: PushLeg, delivery: Delivery, signal: AbortSignal): Promise<DeliveryOutcome | Problem>;
}

interface Way {
  readonly breaker: BreakerPolicy;
  readonly concurrency: number;
  readonly gate: Gate;
  readonly pace: Pace;
  readonly registryConcurrencyMax: number;
}

const outcomes: readonly unknown[] = ['done', 'refused', 'waiting'];
/** Where queries take every slot for that many pauses, the delivery is put back. */
const busyRetriesMax = 100;

export function createCalls(setup: CallsSetup): Calls {
  const { breakers, settings, random } = setup;
  const ways = waysOf(setup);
  const wayTo = (registry: string): Way => {
    const way = ways.get(registry);
    if (way === undefined) throw new Error(`no push goes to the registry ${registry}`);
    return way;
  };

  function target(registry: string, { id, timeoutMs }: Pick<PushService, 'id' | 'timeoutMs'>): BreakerTarget {
    const { breaker, registryConcurrencyMax } = wayTo(registry);
    // No more of them wait than the share of the registry that deliveries have.
    const queue = { registryQueueMax: Number.MAX_SAFE_INTEGER, registryQueueWaitMs: Math.floor(timeoutMs / 2) };
    return { id, key: `${registry}/deliveries`, registry, timeoutMs, breaker, registryConcurrencyMax, ...queue };
  }

  async function call(service: PushService, leg: PushLeg, delivery: Delivery, signal: AbortSignal) {
    const handler = setup.registries.get(leg.registry)?.deliveries?.[leg.delivery];
    if (handler === undefined) throw new Problem('service-unknown', `${leg.registry} takes no ${leg.delivery}.`);
    return breakers.run(target(leg.registry, service), signal, (budget) => handler(delivery, { signal: budget }), {
      consumer: delivery.sender,
      priority: 'interactive',
    });
  }

  return {
    circuitOf: (registry) => breakers.stateOf(target(registry, { id: registry, timeoutMs: 0 })),
    resetMs: (registry) => wayTo(registry).breaker.resetMs,
    concurrencyOf: (registry) => wayTo(registry).concurrency,
    async turn({ registry }, signal) {
      const { pace, gate } = wayTo(registry);
      const waitMs = pace.next();
      if (waitMs > 0) await sleep(waitMs, undefined, { signal });
      return gate.enter(signal);
    },
    async give(service, leg, delivery, signal) {
      for (let busy = 0; ; busy += 1) {
        try {
          return readOutcome(service, await call(service, leg, delivery, signal));
        } catch (error) {
          signal.throwIfAborted();
          const problem = asProblem(error);
          if (problem.code !== 'registry-busy' || busy >= busyRetriesMax) return problem;
          await sleep(settings.busyRetryMs * (1 + random()), undefined, { signal });
        }
      }
    },
  };
}

/** One for each registry that a leg goes to; its circuit has the limits of the first push in the configuration's order. */
function waysOf({ catalogue, settings, nowMs }: CallsSetup): Map<string, Way> {
  const ways = new Map<string, Way>();
  for (const service of catalogue.all()) {
    if (service.kind !== 'push') continue;
    for (const { registry, registryConcurrencyMax } of service.legs) {
      if (ways.has(registry)) continue;
      const share = (registryConcurrencyMax * settings.registryConcurrencyPercent) / 100;
      const concurrency = Math.max(1, Math.floor(share));
      const pace = createPace(settings.perSecondMax, nowMs);
      const gate = createGate(concurrency);
      ways.set(registry, { breaker: service.breaker, concurrency, gate, pace, registryConcurrencyMax });
    }
  }
  return ways;
}

/** An adapter may be anybody's. */
function readOutcome({ id }: PushService, outcome: DeliveryOutcome): DeliveryOutcome | Problem {
  if (outcomes.includes(outcome?.outcome)) return outcome;
  return new Problem('registry-answer-invalid', `The registry behind ${id} gave no outcome.`);
}

function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  return new Problem('registry-failed', 'The delivery failed.', { cause: error });
}
