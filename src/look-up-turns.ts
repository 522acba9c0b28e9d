/** Lets those who have exchanges looked up in a log take turns: a look-up may read many bundles, and one asker must not have them all. */

import { createSlots } from './breaker/slots.ts';
import type { LookingUp, LookUpTurns } from './exchange/log-ports.ts';
import { Problem } from './problems.ts';

export interface LookUpSettings {
  /** Look-ups that may wait at once, of all who ask; in a full line the newest of whoever has most gives way. */
  readonly lookUpsWaitingMax: number;
  /** How long one may wait, milliseconds. */
  readonly lookUpWaitMs: number;
}

/** For one log: one look-up at a time. */
export function createLookUpTurns({ lookUpsWaitingMax, lookUpWaitMs }: LookUpSettings): LookUpTurns {
  const slots = createSlots(1, 1);
  return {
    async take({ asker, signal }: LookingUp) {
      const waiter = { consumer: asker, priority: 'interactive' } as const;
      const waiting = { queueMax: lookUpsWaitingMax, queueWaitMs: lookUpWaitMs, signal };
      if (!slots.take() && !(await slots.wait(waiter, waiting))) throw refusal(signal);
      return () => slots.giveBack();
    },
  };
}

function refusal(signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  const detail = 'More exchanges are being looked up in the log than can be at once; ask again, fewer at a time.';
  return new Problem('overloaded', detail, { retryAfterSeconds: 1 });
}
