/** Notices a registry that answers nobody, however few calls say so: all who ask it the same wait for one call, which fails once each time-out. */

export interface Silence {
  /** The registry said something, a refusal included. */
  answered(nowMs: number): void;
  /** A call got no answer in its time; true where nobody has had one for the whole window. */
  timedOut(begunMs: number, nowMs: number): boolean;
  /** The registry has let go of a call that timed out, whose place nobody else had meanwhile. */
  letGo(nowMs: number): void;
}

export interface SilenceSettings {
  readonly windowMs: number;
  /** Of a call. A longer pause between calls is no silence: nobody had asked. */
  readonly timeoutMs: number;
}

/**
 * Two calls at least: one alone may have asked for something that takes too long. Asked twice it is not told from silence,
 * for all may ask a registry that hangs the same.
 */
const callsMin = 2;

export function createSilence({ windowMs, timeoutMs }: SilenceSettings): Silence {
  let answeredMs = Number.NEGATIVE_INFINITY;
  let sinceMs = 0;
  let lastMs = Number.NEGATIVE_INFINITY;
  let calls = 0;
  return {
    answered(nowMs) {
      answeredMs = nowMs;
      calls = 0;
    },
    timedOut(begunMs, nowMs) {
      const askedMs = Math.max(begunMs, answeredMs);
      if (askedMs - lastMs > timeoutMs) calls = 0;
      if (calls === 0) sinceMs = askedMs;
      calls += 1;
      lastMs = nowMs;
      return calls >= callsMin && nowMs - sinceMs >= windowMs;
    },
    letGo(nowMs) {
      lastMs = nowMs;
    },
  };
}
