/** Knows how long this process has heard, without a gap, whom others forget: what it kept meanwhile was outdated by nobody. */

import type { Clock } from '../exchange/ports.ts';
import type { RedisLink } from '../redis/link.ts';

export interface Hearing {
  /** Notes that it hears now, if it does. Costs nothing. */
  listen(): void;
  /** Whoever was forgotten between that time and the one it gives was heard of, Unix milliseconds both. */
  heardUntilMs(sinceMs: number): number;
}

interface Gap {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** `rememberedMs`: how far back gaps matter; before them nothing is known. Has to be made before the link is started. */
export function createHearing(redis: RedisLink, rememberedMs: number, clock: Clock): Hearing {
  let gaps: readonly Gap[] = [];
  let lastMs = Number.NEGATIVE_INFINITY;
  let unknownUntilMs = Number.NEGATIVE_INFINITY;

  function listen(): void {
    if (redis.isUp()) lastMs = clock.nowMs();
  }

  // It has subscribed by then.
  redis.beforeUp(async () => {
    const nowMs = clock.nowMs();
    const old = gaps.filter(({ untilMs }) => untilMs < nowMs - rememberedMs);
    unknownUntilMs = old.at(-1)?.untilMs ?? unknownUntilMs;
    gaps = [...gaps.slice(old.length), { fromMs: lastMs, untilMs: nowMs }];
  });

  return {
    listen,
    heardUntilMs(sinceMs) {
      if (sinceMs < unknownUntilMs) return sinceMs;
      listen();
      const gap = gaps.find(({ untilMs }) => untilMs > sinceMs);
      return Math.max(sinceMs, gap?.fromMs ?? lastMs);
    },
  };
}
