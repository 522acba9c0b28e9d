/** Keeps a worker that ends again and again from being started without pause. */

import type { RespawnLimits } from './settings.ts';

export interface Restarts {
  /** It has ended now: what to wait before it is started again, milliseconds. */
  ended(nowMs: number): number;
}

export function createRestarts({ windowMs, backoffMs, backoffMsMax }: RespawnLimits): Restarts {
  let endsAtMs: readonly number[] = [];
  return {
    ended(nowMs) {
      endsAtMs = [...endsAtMs.filter((atMs) => nowMs - atMs < windowMs), nowMs];
      const ends = endsAtMs.length;
      // A first end is answered at once: who dies seldom is not to be waited for.
      return ends === 1 ? 0 : Math.min(backoffMs * 2 ** (ends - 2), backoffMsMax);
    },
  };
}
