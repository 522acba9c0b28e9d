/** Ends a call with its time budget or its caller, also where the work takes no notice of its signal. */

import type { CallPlace, CallSignal } from '../adapter-kit/call-signal.ts';
import { SourceError } from '../adapter-kit/source-error.ts';

export type Work = (signal: AbortSignal) => Promise<unknown>;

export interface Budget {
  readonly timeoutMs: number;
  /** Of whoever waits for the answer. */
  readonly caller: AbortSignal;
  readonly place: CallPlace;
}

/** What the call is given up with where nobody waits for its answer any more. */
export class CallerGone extends Error {}

/** Rejects with SourceError('timeout') or CallerGone, and aborts the work's signal. */
export function withinBudget(work: Work, { timeoutMs, caller, place }: Budget): Promise<unknown> {
  const budget = new AbortController();
  const signal: CallSignal = budget.signal;
  signal.endsAtMs = performance.now() + timeoutMs;
  signal.place = place;
  return new Promise((resolve, reject) => {
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
    work(signal).then(
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
