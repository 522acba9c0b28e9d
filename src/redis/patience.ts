/** What one exchange still waits for Redis, over all that it asks of it: a slow one costs its time once, not with each command. */

import { RedisAway, type RedisTrouble } from './trouble.ts';

export interface Patience {
  isSpent(): boolean;
  /**
   * Throws RedisAway once nothing is left; what was begun goes on, and ends the connection if it takes too long
   * altogether, which is `endsWithinMs`.
   */
  waitFor<T>(work: Promise<T>, endsWithinMs: number): Promise<T>;
}

export function createPatience(forMs: number): Patience {
  let leftMs = forMs;
  return {
    isSpent: () => leftMs <= 0,
    async waitFor(work, endsWithinMs) {
      const startedMs = performance.now();
      try {
        // A timer less in the ordinary case, where an exchange asks for the first time.
        return await (leftMs >= endsWithinMs ? work : within(Math.max(0, leftMs), work));
      } finally {
        leftMs -= performance.now() - startedMs;
      }
    },
  };
}

/** Throws RedisAway where the work takes longer. */
export async function within<T>(timeoutMs: number, work: Promise<T>, trouble: RedisTrouble = 'timeout'): Promise<T> {
  const late = Promise.withResolvers<never>();
  // What has arrived, and only waits for a busy process to read it, is read first.
  const timer = setTimeout(() => setImmediate(() => late.reject(new RedisAway(trouble))), timeoutMs);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
