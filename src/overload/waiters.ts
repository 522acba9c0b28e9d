/** Bounds how many exchanges wait for one registry, so that one that hangs has only so many of them, and no consumer has them all. */

import type { XRoadId } from '../exchange/types.ts';
import { fairShare } from './fair-share.ts';

export interface Waiters {
  /** Gives what ends the wait; undefined where as many wait already as may. */
  enter(consumer: XRoadId, awaited: string): (() => void) | undefined;
}

export interface WaitersSettings {
  /** For one registry, at once. */
  readonly max: number;
  /** From there on no consumer has more than its fair share of them. */
  readonly fairFrom: number;
  /** The last of them are for consumers that have less than half of their share. */
  readonly kept: number;
}

interface Line {
  count: number;
  readonly countOf: Map<XRoadId, number>;
}

export function createWaiters({ max, fairFrom, kept }: WaitersSettings): Waiters {
  const lines = new Map<string, Line>();

  function mayWait({ count, countOf }: Line, consumer: XRoadId): boolean {
    if (count >= max) return false;
    if (count < fairFrom) return true;
    const own = countOf.get(consumer) ?? 0;
    // A part is left for somebody who has none yet: those who are there may wait for a long time.
    const parts = countOf.size + (own === 0 ? 2 : 1);
    return own < fairShare(max, kept, count, parts);
  }

  function leave(line: Line, consumer: XRoadId, awaited: string): void {
    line.count -= 1;
    if (line.count === 0) lines.delete(awaited);
    const left = (line.countOf.get(consumer) ?? 1) - 1;
    if (left === 0) line.countOf.delete(consumer);
    else line.countOf.set(consumer, left);
  }

  return {
    enter(consumer, awaited) {
      const line = lines.get(awaited) ?? { count: 0, countOf: new Map() };
      if (!mayWait(line, consumer)) return undefined;
      lines.set(awaited, line);
      line.count += 1;
      line.countOf.set(consumer, (line.countOf.get(consumer) ?? 0) + 1);
      return () => leave(line, consumer, awaited);
    },
  };
}
