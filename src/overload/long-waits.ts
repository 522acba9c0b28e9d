/** Tells which exchanges have only been waiting for a registry or the state database for so long that they are no work of the gateway's any more. */

import type { XRoadId } from '../exchange/types.ts';

export interface LongWaits {
  /** Somebody begins to wait; gives what ends that. */
  begin(consumer: XRoadId): () => void;
  /** Looks who has waited long by now. */
  look(): void;
  /** Who had when last looked at, of all consumers and of one. */
  readonly count: number;
  countOf(consumer: XRoadId): number;
}

interface Wait {
  readonly consumer: XRoadId;
  readonly sinceMs: number;
}

/** @param nowMs any clock that never goes back */
export function createLongWaits(longMs: number, nowMs: () => number): LongWaits {
  /** The oldest first, those that are long among them no more. */
  const young = new Set<Wait>();
  const longOf = new Map<XRoadId, number>();
  let count = 0;

  function add(consumer: XRoadId, change: 1 | -1): void {
    count += change;
    const sum = (longOf.get(consumer) ?? 0) + change;
    if (sum === 0) longOf.delete(consumer);
    else longOf.set(consumer, sum);
  }

  return {
    begin(consumer) {
      const wait = { consumer, sinceMs: nowMs() };
      young.add(wait);
      return () => {
        if (!young.delete(wait)) add(consumer, -1);
      };
    },
    look() {
      const longSinceMs = nowMs() - longMs;
      for (const wait of young) {
        if (wait.sinceMs > longSinceMs) return;
        young.delete(wait);
        add(wait.consumer, 1);
      }
    },
    get count() {
      return count;
    },
    countOf: (consumer) => longOf.get(consumer) ?? 0,
  };
}
