/** Asks a second time where the first attempt is slow, gives the answer that is there first, and aborts the other attempt. */

import { type CallSignal, carryOver } from '../adapter-kit/call-signal.ts';
import { SourceError } from '../adapter-kit/source-error.ts';

/** `given-up`: the other attempt was quicker, or the caller has gone. */
export type HedgeOutcome = 'answered' | 'failed' | 'given-up';

export interface HedgeSetup {
  /** Without an answer by then, milliseconds. */
  readonly afterMs: number;
  /** Takes what a second attempt needs and gives what gives it back; undefined where it may not be made. */
  readonly enter: () => (() => void) | undefined;
  readonly done: (outcome: HedgeOutcome) => void;
}

/** Rejects with what failed first, once nothing is under way any more. */
export function hedged<T>(
  attempt: (signal: CallSignal) => Promise<T>,
  signal: CallSignal,
  { afterMs, enter, done }: HedgeSetup,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const underWay = new Set<AbortController>();
    const failures: unknown[] = [];

    const abortAll = (reason: unknown) => {
      for (const one of underWay) one.abort(reason);
    };
    const leave = () => abortAll(signal.reason);
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', leave);
    };
    const begin = async (settled: (outcome: HedgeOutcome) => void) => {
      const own = new AbortController();
      carryOver(signal, own.signal);
      underWay.add(own);
      const outcome = await attempt(own.signal).then(
        (answer) => ({ answer }),
        (error: unknown) => ({ error }),
      );
      underWay.delete(own);
      settled(own.signal.aborted ? 'given-up' : 'answer' in outcome ? 'answered' : 'failed');
      if ('answer' in outcome) {
        resolve(outcome.answer);
        abortAll(new SourceError('timeout', 'the other attempt was quicker'));
      } else {
        failures.push(outcome.error);
        if (underWay.size > 0) return;
        reject(failures[0]);
      }
      end();
    };

    const timer = setTimeout(() => {
      const leavePlace = enter();
      if (leavePlace === undefined) return;
      begin((outcome) => {
        leavePlace();
        done(outcome);
      });
    }, afterMs);
    signal.addEventListener('abort', leave, { once: true });
    begin(() => undefined);
  });
}
