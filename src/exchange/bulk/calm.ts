/** Holds the lines of bulk requests back while the gateway has more urgent work: somebody waits for that, and nobody for the next line. */

import type { Admission } from '../ports.ts';
import type { Rest } from './paced-quota.ts';

export interface CalmSettings {
  /** Until the gateway is looked at again, milliseconds. */
  readonly busyRetryMs: number;
  /** After which the line goes on all the same, milliseconds. */
  readonly busyWaitMs: number;
}

/** A line is held back for `busyWaitMs` at most: a gateway that is always pressed still carries a few, and the sender is not cut off as idle. */
export function createCalm(
  admission: Pick<Admission, 'isPressed'>,
  { busyRetryMs, busyWaitMs }: CalmSettings,
  rest: Rest,
): (signal: AbortSignal) => Promise<void> | undefined {
  async function wait(signal: AbortSignal): Promise<void> {
    for (let waitedMs = 0; waitedMs < busyWaitMs && !signal.aborted; waitedMs += busyRetryMs) {
      if (!admission.isPressed()) return;
      await rest(busyRetryMs, signal);
    }
  }
  return (signal) => (admission.isPressed() ? wait(signal) : undefined);
}
