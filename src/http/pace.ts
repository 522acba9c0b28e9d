/** Answers those who are turned away at a bounded rate: whoever asks again at once would keep the gateway from its work by being refused. */

export interface PaceLimits {
  /** Answered at once, a second; the others wait their turn. */
  readonly refusalsPerSecond: number;
  /** Waiting for their turn at once; beyond them whoever has waited longest is answered. */
  readonly refusalsHeldMax: number;
}

/** Calls it now, or in its turn, in order. */
export type Pace = (answer: () => void) => void;

const turnsPerSecond = 20;

export function createPace({ refusalsPerSecond, refusalsHeldMax }: PaceLimits): Pace {
  const perTurn = Math.ceil(refusalsPerSecond / turnsPerSecond);
  const held: (() => void)[] = [];
  let left = perTurn;
  let isTurning = false;

  function turn(): void {
    const due = held.splice(0, perTurn);
    left = perTurn - due.length;
    isTurning = left < perTurn;
    if (isTurning) turnLater();
    for (const answer of due) answer();
  }

  // Held connections keep the process alive, and nothing else need.
  const turnLater = () => setTimeout(turn, 1000 / turnsPerSecond).unref();

  return (answer) => {
    if (!isTurning) turnLater();
    isTurning = true;
    if (left > 0) {
      left -= 1;
      answer();
      return;
    }
    held.push(answer);
    if (held.length > refusalsHeldMax) held.shift()?.();
  };
}
