/** Puts a circuit breaker, a time budget and the registry's concurrency limit around every call, so that its trouble stays its own. */

import type { CallPlace, CallSignal } from '../adapter-kit/call-signal.ts';
import { SourceError, type SourceErrorKind } from '../adapter-kit/source-error.ts';
import type { Breakers, BreakerTarget, CircuitState, Waiter } from '../exchange/ports.ts';
import { Problem, type ProblemCode } from '../problems.ts';
import { type Circuit, createCircuit } from './circuit.ts';
import { createSlots, type Slots } from './slots.ts';
import { CallerGone } from './within-budget.ts';

export interface ObservableBreakers extends Breakers {
  /** Takes a free place of the target's registry for a second attempt, and gives what gives it back; undefined where none is free. */
  takePlace(target: BreakerTarget): (() => void) | undefined;
  /** True where a call of theirs would be refused at once: as many wait for the target's registry as may. */
  isFullFor(target: BreakerTarget, waiter: Waiter): boolean;
  /** State of every circuit that has been used, by service key. */
  states(): ReadonlyMap<string, CircuitState>;
  close(): void;
}

export interface LineSettings {
  /** Where calls of both priorities wait for one registry: places that go to interactive ones before one goes to batch. */
  readonly interactiveTurns: number;
}

/** `changed` is told when a circuit opens, half-opens or closes. */
export function createBreakers(
  { interactiveTurns }: LineSettings,
  changed: (serviceKey: string, state: CircuitState) => void,
): ObservableBreakers {
  const circuits = new Map<string, Circuit>();
  const slots = new Map<string, Slots>();

  function circuitOf(service: BreakerTarget): Circuit {
    const known = circuits.get(service.key);
    if (known !== undefined) return known;
    const made = createCircuit(service, (state) => changed(service.key, state));
    circuits.set(service.key, made);
    return made;
  }

  function slotsOf(service: BreakerTarget): Slots {
    const known = slots.get(service.registry);
    if (known !== undefined) return known;
    const made = createSlots(service.registryConcurrencyMax, interactiveTurns);
    slots.set(service.registry, made);
    return made;
  }

  return {
    async run<T>(
      service: BreakerTarget,
      signal: AbortSignal,
      work: (budget: AbortSignal) => Promise<T>,
      waiter?: Waiter,
    ): Promise<T> {
      const circuit = circuitOf(service);
      if (!circuit.takesCalls) throw paused(service);
      const registrySlots = slotsOf(service);
      const endsMs = performance.now() + service.timeoutMs - spentMsOf(signal);
      if (!registrySlots.take() && !(await waitsFor(registrySlots, circuit, service, { endsMs, signal, waiter }))) {
        throw signal.aborted ? goneProblem(signal) : busy(service);
      }
      const place: CallPlace = { lingering: undefined };
      try {
        // It may have opened, or its one trial call have begun, while this one waited.
        if (!circuit.takesCalls) throw paused(service);
        const timeoutMs = endsMs - performance.now();
        return (await circuit.call(work, { timeoutMs, caller: signal, place })) as T;
      } catch (error) {
        throw asProblem(service, error, signal);
      } finally {
        leave(registrySlots, place);
      }
    },
    takePlace(target) {
      const places = slotsOf(target);
      return places.take() ? () => places.giveBack() : undefined;
    },
    isFullFor: (target, waiter) => slots.get(target.registry)?.isFullFor(waiter, target.registryQueueMax) === true,
    stateOf: (target) => circuits.get(target.key)?.state ?? 'closed',
    states: () => new Map([...circuits].map(([key, { state }]) => [key, state])),
    close() {
      for (const circuit of circuits.values()) circuit.close();
    },
  };
}

/**
 * Whoever waits does so within the budget of the call, and only until as much of it is left as the registry usually takes:
 * what was lost in the line would look like the registry's failure. Nobody waits where nobody is named.
 */
async function waitsFor(
  slots: Slots,
  { usual }: Circuit,
  { registryQueueMax, registryQueueWaitMs, timeoutMs }: BreakerTarget,
  { endsMs, signal, waiter }: Waiting,
): Promise<boolean> {
  if (waiter === undefined || registryQueueMax === 0) return false;
  const spareMs = () => endsMs - performance.now() - neededMs(usual.ms, timeoutMs);
  const queueWaitMs = Math.min(registryQueueWaitMs, spareMs() - 1);
  if (!(await slots.wait(waiter, { queueMax: registryQueueMax, queueWaitMs, signal }))) return false;
  // The registry may have become slower meanwhile.
  if (spareMs() >= 0) return true;
  slots.giveBack();
  return false;
}

interface Waiting {
  /** When the budget of the call is spent. */
  readonly endsMs: number;
  readonly signal: AbortSignal;
  readonly waiter: Waiter | undefined;
}

/** By those who waited for what another gateway asks. */
const spentMsOf = ({ spentMs = 0 }: CallSignal): number => spentMs;

/** Where answers take nearly all of the budget there must still be a line: without one, places are for whoever asks most often. */
const neededMs = (usualMs: number, timeoutMs: number) => Math.min(usualMs, (timeoutMs * neededPercentMax) / 100);
const neededPercentMax = 90;

/** What was given up counts until the registry has let go of it, too: what it is asked at once would be more otherwise. */
function leave(slots: Slots, { lingering }: CallPlace): void {
  if (lingering === undefined) slots.giveBack();
  else lingering.then(slots.giveBack);
}

const problemOfSource: Record<SourceErrorKind, ProblemCode> = {
  unavailable: 'registry-unavailable',
  timeout: 'registry-timeout',
  'answer-invalid': 'registry-answer-invalid',
  garbled: 'registry-answer-invalid',
  unstorable: 'registry-failed',
  failed: 'registry-failed',
};

function asProblem(service: BreakerTarget, error: unknown, caller: AbortSignal): unknown {
  if (error instanceof CallerGone || caller.aborted) return goneProblem(caller);
  if (error instanceof SourceError) {
    const code = problemOfSource[error.kind];
    return new Problem(code, `The registry behind ${service.id} is in trouble; the request itself is in order.`, {
      cause: error,
      ...(code === 'registry-unavailable' ? { retryAfterSeconds: resetSeconds(service) } : {}),
    });
  }
  return error;
}

function goneProblem({ reason }: AbortSignal): Problem {
  if (reason instanceof Problem) return reason;
  return new Problem('client-disconnected', 'The caller closed the connection before the registry answered.');
}

function paused(service: BreakerTarget): Problem {
  const detail = `${service.id} is paused after repeated failures.`;
  return new Problem('circuit-open', detail, { retryAfterSeconds: resetSeconds(service) });
}

function resetSeconds({ breaker: { resetMs } }: BreakerTarget): number {
  return Math.ceil(resetMs / 1000);
}

function busy(service: BreakerTarget): Problem {
  const { id, registryConcurrencyMax } = service;
  const detail = `The registry behind ${id} takes ${registryConcurrencyMax} requests at once.`;
  return new Problem('registry-busy', detail, { retryAfterSeconds: 1 });
}
