/** Keeps what is begun at a registry below a rate, evenly, so that a long queue does not fall upon it at once. */

export interface Pace {
  /** Milliseconds to wait before the next one may begin; its place is taken. */
  next(): number;
}

/** What was not used within this time is lost: no burst follows a pause. */
const savedMs = 100;

export function createPace(perSecondMax: number, nowMs: () => number): Pace {
  const stepMs = 1000 / perSecondMax;
  let freeAtMs = 0;
  return {
    next() {
      const now = nowMs();
      const startMs = Math.max(freeAtMs, now - savedMs);
      freeAtMs = startMs + stepMs;
      return Math.max(0, Math.ceil(startMs - now));
    },
  };
}
