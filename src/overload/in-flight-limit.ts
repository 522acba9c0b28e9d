/** Finds how many exchanges the process can have under way without its event loop falling behind: a few more while it keeps up, a tenth less when it doesn't. */

import type { OverloadSettings } from './settings.ts';

export interface InFlightLimit {
  /** Exchanges that may be under way at present. */
  readonly current: number;
  /** True where the event loop was late when last looked at. */
  readonly isLate: boolean;
  /** Told at each look: how late the event loop was, and the most exchanges that were under way since the last one. */
  observe(loopDelayMs: number, inFlightMost: number): void;
}

/** Additive growth and multiplicative decrease, as TCP finds the rate of a path (RFC 5681): it settles at the limit without knowing it. */
const growPercent = 10;
const shrinkPercent = 10;

export function createInFlightLimit(settings: OverloadSettings): InFlightLimit {
  const { inFlightMin, inFlightMax, loopDelayMsMax } = settings;
  let current = Math.max(inFlightMin, Math.floor(inFlightMax / 4));
  let isLate = false;
  return {
    get current() {
      return current;
    },
    get isLate() {
      return isLate;
    },
    observe(loopDelayMs, inFlightMost) {
      isLate = loopDelayMs > loopDelayMsMax;
      if (isLate) current = Math.max(inFlightMin, Math.floor(current * (1 - shrinkPercent / 100)));
      // A limit that nobody reaches says nothing about what the process could do beyond it.
      else if (inFlightMost * 2 >= current) {
        current = Math.min(inFlightMax, current + Math.ceil((inFlightMin * growPercent) / 100));
      }
    },
  };
}
