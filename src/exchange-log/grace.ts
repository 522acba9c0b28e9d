/** Knows since when entries wait for a checkpoint that enough witnesses cosigned, and whether that is too long. */

export interface Grace {
  /** True once the oldest entry that is not covered has waited longer than it may. */
  readonly isOver: boolean;
  /** Entries came in, the oldest of them so long ago. */
  grown(agoMs?: number): void;
  /** The tree is taken as it is now: what comes in later waits for a later checkpoint. */
  taken(): void;
  /** A sufficient checkpoint covers the tree that was last taken. */
  covered(): void;
}

/** @param nowMs any clock that never goes back. */
export function createGrace(graceMs: number, nowMs: () => number): Grace {
  let uncoveredSinceMs: number | undefined;
  let laterSinceMs: number | undefined;
  return {
    get isOver() {
      return uncoveredSinceMs !== undefined && nowMs() - uncoveredSinceMs > graceMs;
    },
    grown(agoMs = 0) {
      laterSinceMs ??= nowMs() - agoMs;
      uncoveredSinceMs ??= laterSinceMs;
    },
    taken() {
      laterSinceMs = undefined;
    },
    covered() {
      uncoveredSinceMs = laterSinceMs;
    },
  };
}
