/** A clock that stands still until the test moves it, also backwards. */

import type { Clock } from '../../src/exchange/ports.ts';

export interface SettableClock extends Clock {
  /** Forwards, or backwards where negative. */
  advance(ms: number): void;
  set(rfc3339: string): void;
}

export function createSettableClock(rfc3339 = '2026-03-02T09:00:00.000+07:00'): SettableClock {
  let nowMs = Date.parse(rfc3339);
  return {
    nowMs: () => nowMs,
    advance: (ms) => {
      nowMs += ms;
    },
    set: (time) => {
      nowMs = Date.parse(time);
    },
  };
}
