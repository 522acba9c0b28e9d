/** Finds how many exchanges the process can have under way without its event loop falling behind: a few more while it has time to spare, a tenth less when it is late. */

import type { OverloadSettings } from './settings.ts';

export interface InFlightLimit {
  /** Exchanges that may be under way at present. */
  readonly current: number;
  /** True where the event loop was late when last looked at. */
  readonly isLate: boolean;
  /** True where it had hardly any time to spare: whatever is taken then waits for the others. */
  readonly isBusy: boolean;
  observe(look: Look): void;
}

/** What was seen since the look before. */
export interface Look {
  /** How late half of the event loop's turns were. */
  readonly loopDelayMs: number;
  /** Of the time, in which the event loop was at work. */
  readonly loopBusyPercent: number;
  /** The most exchanges that were under way at once. */
  readonly inFlightMost: number;
}

/** Additive growth and multiplicative decrease, as TCP finds the rate of a path (RFC 5681): it settles at the limit without knowing it. */
const growPercent = 10;
const shrinkPercent = 10;

export function createInFlightLimit(settings: OverloadSettings): InFlightLimit {
  const { inFlightMin, inFlightMax, loopDelayMsMax, loopBusyPercentMax } = settings;
  let current = Math.max(inFlightMin, Math.floor(inFlightMax / 4));
  let isLate = false;
  let isBusy = false;
  return {
    get current() {
      return current;
    },
    get isLate() {
      return isLate;
    },
    get isBusy() {
      return isBusy;
    },
    observe({ loopDelayMs, loopBusyPercent, inFlightMost }) {
      isLate = loopDelayMs > loopDelayMsMax;
      isBusy = loopBusyPercent > loopBusyPercentMax;
      if (isLate) current = Math.max(inFlightMin, Math.floor(current * (1 - shrinkPercent / 100)));
      // More would be answered no faster; and a limit that nobody reaches says nothing about what could be done beyond it.
      else if (!isBusy && inFlightMost * 2 >= current) {
        current = Math.min(inFlightMax, current + Math.ceil((inFlightMin * growPercent) / 100));
      }
    },
  };
}
