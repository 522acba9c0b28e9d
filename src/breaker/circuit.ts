/** The circuit of one service: which calls count for it, and which of them as failures. */

import CircuitBreaker from 'opossum';
import { SourceError } from '../adapter-kit/source-error.ts';
import type { BreakerTarget, CircuitState } from '../exchange/ports.ts';
import { createSilence } from './silence.ts';
import { createUsualTime, type UsualTime } from './usual-time.ts';
import { type Budget, CallerGone, type Work, withinBudget } from './within-budget.ts';

export interface Circuit {
  readonly state: CircuitState;
  /** Asked before `call`, which counts refused calls too: after a recovery they would water down the share of failures. */
  readonly takesCalls: boolean;
  /** Of the calls that the registry answered, or did not answer in time. */
  readonly usual: Pick<UsualTime, 'ms'>;
  /** Throws SourceError, CallerGone, and whatever the work throws. */
  call(work: Work, budget: Budget): Promise<unknown>;
  close(): void;
}

type Breaker = CircuitBreaker<[Work, Budget], unknown>;

/** `changed` is told when the circuit opens, half-opens or closes. */
export function createCircuit(target: BreakerTarget, changed: (state: CircuitState) => void): Circuit {
  const { errorThresholdPercent, volumeThreshold, windowMs, resetMs } = target.breaker;
  const silence = createSilence({ windowMs, timeoutMs: target.timeoutMs });
  const usual = createUsualTime();
  const action = async (work: Work, budget: Budget) => {
    const begunMs = performance.now();
    try {
      const answer = await withinBudget(work, breaker.halfOpen ? untilAnswered(budget) : budget);
      const nowMs = performance.now();
      silence.answered(nowMs);
      usual.took(nowMs - begunMs);
      return answer;
    } catch (error) {
      const nowMs = performance.now();
      if (isTimeout(error)) {
        usual.took(nowMs - begunMs);
        if (silence.timedOut(begunMs, nowMs) && breaker.closed) breaker.open();
        budget.place.lingering?.then(() => silence.letGo(performance.now()));
      } else if (saysSomething(error)) silence.answered(nowMs);
      throw error;
    }
  };
  const breaker: Breaker = new CircuitBreaker(action, {
    name: target.key,
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
  breaker.on('open', () => changed('open'));
  breaker.on('halfOpen', () => changed('half-open'));
  breaker.on('close', () => changed('closed'));
  return {
    get state() {
      if (breaker.opened) return 'open';
      return breaker.halfOpen ? 'half-open' : 'closed';
    },
    get takesCalls() {
      return breaker.closed || breaker.pendingClose;
    },
    usual,
    call: (work, budget) => breaker.fire(work, budget),
    close: () => breaker.shutdown(),
  };
}

/** The trial call of a half-open circuit is asked to its end: one impatient caller would keep the circuit open for all the others. */
function untilAnswered(budget: Budget): Budget {
  return { ...budget, caller: new AbortController().signal };
}

/** A caller that hangs up says nothing about the registry; but one from before the circuit opened must not close it. */
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

/** opossum counts what its filter lets pass as a success; enough callers that hang up would hide a dead registry. */
function uncountNewest(breaker: Breaker): void {
  const [newest] = breaker.status.window;
  if (newest === undefined) return;
  newest.fires -= 1;
  newest.successes -= 1;
}
