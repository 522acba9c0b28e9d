/** Puts a circuit breaker, a time budget and the registry's concurrency limit around every call, so that its trouble stays its own. */

import CircuitBreaker from 'opossum';
import type { CallSignal } from '../adapter-kit/call-signal.ts';
import { SourceError, type SourceErrorKind } from '../adapter-kit/source-error.ts';
import type { Breakers, BreakerTarget, CircuitState } from '../exchange/ports.ts';
import type { XRoadId } from '../exchange/types.ts';
import { Problem, type ProblemCode } from '../problems.ts';
import { createSilence } from './silence.ts';
import { createSlots, type Slots } from './slots.ts';

export interface ObservableBreakers extends Breakers {
  /** Takes a free place of the target's registry for a second attempt, and gives what gives it back; undefined where none is free. */
  takePlace(target: BreakerTarget): (() => void) | undefined;
  /** State of every circuit that has been used, by service key. */
  states(): ReadonlyMap<string, CircuitState>;
  close(): void;
}

type Work = (signal: AbortSignal) => Promise<unknown>;
type Breaker = CircuitBreaker<[Work, AbortSignal, number], unknown>;

/** `changed` is told when a circuit opens, half-opens or closes. */
export function createBreakers(changed: (serviceKey: string, state: CircuitState) => void): ObservableBreakers {
  const breakers = new Map<string, Breaker>();
  const slots = new Map<string, Slots>();

  function breakerOf(service: BreakerTarget): Breaker {
    const known = breakers.get(service.key);
    if (known !== undefined) return known;
    const breaker = createBreaker(service);
    breaker.on('open', () => changed(service.key, 'open'));
    breaker.on('halfOpen', () => changed(service.key, 'half-open'));
    breaker.on('close', () => changed(service.key, 'closed'));
    breakers.set(service.key, breaker);
    return breaker;
  }

  function slotsOf(service: BreakerTarget): Slots {
    const known = slots.get(service.registry);
    if (known !== undefined) return known;
    const made = createSlots(service.registryConcurrencyMax);
    slots.set(service.registry, made);
    return made;
  }

  return {
    async run<T>(
      service: BreakerTarget,
      signal: AbortSignal,
      work: (budget: AbortSignal) => Promise<T>,
      consumer?: XRoadId,
    ): Promise<T> {
      const breaker = breakerOf(service);
      if (!takesCalls(breaker)) throw paused(service);
      const registrySlots = slotsOf(service);
      const startedMs = performance.now();
      const budgetMs = service.timeoutMs - ((signal as CallSignal).spentMs ?? 0);
      if (!registrySlots.take() && !(await waitsFor(registrySlots, service, budgetMs, signal, consumer))) {
        throw signal.aborted ? goneProblem(signal) : busy(service);
      }
      try {
        // It may have opened, or its one trial call have begun, while this one waited.
        if (!takesCalls(breaker)) throw paused(service);
        const leftMs = budgetMs - (performance.now() - startedMs);
        return (await breaker.fire(work, signal, leftMs)) as T;
      } catch (error) {
        throw asProblem(service, error, signal);
      } finally {
        registrySlots.giveBack();
      }
    },
    takePlace(target) {
      const places = slotsOf(target);
      return places.take() ? () => places.giveBack() : undefined;
    },
    stateOf(target) {
      const breaker = breakers.get(target.key);
      return breaker === undefined ? 'closed' : stateOf(breaker);
    },
    states: () => new Map([...breakers].map(([key, breaker]) => [key, stateOf(breaker)])),
    close() {
      for (const breaker of breakers.values()) breaker.shutdown();
    },
  };
}

/** Whoever waits does so within the budget of the call, and not at all where nobody is named who waits. */
async function waitsFor(
  slots: Slots,
  { registryQueueMax, registryQueueWaitMs }: BreakerTarget,
  budgetMs: number,
  signal: AbortSignal,
  consumer: XRoadId | undefined,
): Promise<boolean> {
  if (consumer === undefined || registryQueueMax === 0) return false;
  const queueWaitMs = Math.min(registryQueueWaitMs, budgetMs - 1);
  return slots.wait(consumer, { queueMax: registryQueueMax, queueWaitMs, signal });
}

function createBreaker(service: BreakerTarget): Breaker {
  const { errorThresholdPercent, volumeThreshold, windowMs, resetMs } = service.breaker;
  const silence = createSilence({ windowMs, timeoutMs: service.timeoutMs });
  const action = async (work: Work, signal: AbortSignal, timeoutMs: number) => {
    const begunMs = performance.now();
    try {
      const answer = await withinBudget(timeoutMs, signal, work);
      silence.answered(performance.now());
      return answer;
    } catch (error) {
      if (isTimeout(error)) {
        if (silence.timedOut(begunMs, performance.now()) && breaker.closed) breaker.open();
      } else if (saysSomething(error)) silence.answered(performance.now());
      throw error;
    }
  };
  const breaker: Breaker = new CircuitBreaker(action, {
    name: service.key,
    // The budget is kept by `withinBudget`, which also aborts the work; opossum's own timer would only stop waiting for it.
    timeout: false,
    // opossum opens above a share, the manifest says at it; without this, 100 percent would never open.
    errorThresholdPercentage: errorThresholdPercent - shareTolerancePercent,
    volumeThreshold,
    rollingCountTimeout: windowMs,
    resetTimeout: resetMs,
    // Nobody reads them, and their latencies would be sorted anew at every failure.
    rollingPercentilesEnabled: false,
    enableSnapshots: false,
    errorFilter: (error: unknown) => saysNothing(error, breaker) || isAnswer(error),
  });
  breaker.on('success', (result) => {
    if (result instanceof CallerGone) uncountNewest(breaker);
  });
  return breaker;
}

/** A caller that hangs up says nothing about the registry; but a trial call without an answer must not close the circuit. */
function saysNothing(error: unknown, breaker: Breaker): boolean {
  return error instanceof CallerGone && !breaker.halfOpen;
}

/** A registry that answers is alive: one bad record, asked for again and again, must not close its service to everybody. */
function isAnswer(error: unknown): boolean {
  return error instanceof SourceError && (error.kind === 'answer-invalid' || error.kind === 'unstorable');
}

const isTimeout = (error: unknown) => error instanceof SourceError && error.kind === 'timeout';

const saysSomething = (error: unknown) => error instanceof SourceError && error.kind !== 'unavailable';

const shareTolerancePercent = 1e-9;

class CallerGone extends Error {}

/** opossum counts what its filter lets pass as a success; enough callers that hang up would hide a dead registry. */
function uncountNewest(breaker: Breaker): void {
  const [newest] = breaker.status.window;
  if (newest === undefined) return;
  newest.fires -= 1;
  newest.successes -= 1;
}

/** Asked before `fire`, which counts refused calls too: after a recovery they would water down the share of failures. */
function takesCalls(breaker: Breaker): boolean {
  return breaker.closed || breaker.pendingClose;
}

/** Rejects when the budget is spent even if the work ignores its signal. */
function withinBudget<T>(
  timeoutMs: number,
  caller: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const budget = new AbortController();
  (budget.signal as CallSignal).endsAtMs = performance.now() + timeoutMs;
  return new Promise<T>((resolve, reject) => {
    const give = (error: Error) => {
      reject(error);
      budget.abort(error);
    };
    const leave = () => give(new CallerGone('the caller has gone'));
    if (caller.aborted) return leave();
    const timer = setTimeout(
      () => give(new SourceError('timeout', `no answer within ${Math.round(timeoutMs)} ms`)),
      timeoutMs,
    );
    caller.addEventListener('abort', leave, { once: true });
    const done = () => {
      clearTimeout(timer);
      caller.removeEventListener('abort', leave);
    };
    work(budget.signal).then(
      (answer) => {
        done();
        resolve(answer);
      },
      (error: unknown) => {
        done();
        reject(error);
      },
    );
  });
}

function stateOf(breaker: Breaker): CircuitState {
  if (breaker.opened) return 'open';
  return breaker.halfOpen ? 'half-open' : 'closed';
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
