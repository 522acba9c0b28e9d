/** Takes what was waited for another gateway off the service's budget, so that all of it together is no longer than that. */

import type { CallSignal } from '../adapter-kit/call-signal.ts';
import type { QueryService } from '../exchange/services.ts';
import { Problem } from '../problems.ts';
import type { Load } from './next-level.ts';

/** For another gateway that loads the same. */
export interface Wait {
  /** By `performance.now()`; undefined where there was nobody to wait for. */
  sinceMs: number | undefined;
}

/** Whoever waited for another gateway's load has what is left of the service's budget; where that is nothing, the registry is not asked. */
export function withRestOf({ sinceMs }: Wait, { id, timeoutMs }: QueryService, load: Load): Load {
  if (sinceMs === undefined) return load;
  return async (signal) => {
    const spentMs = performance.now() - sinceMs;
    if (spentMs >= timeoutMs) {
      throw new Problem(
        'registry-timeout',
        `Another gateway has been asking ${id} the same, and has no answer in time.`,
      );
    }
    (signal as CallSignal).spentMs = spentMs;
    return load(signal);
  };
}
