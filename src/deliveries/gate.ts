/** Lets only so many through at a time; the others wait in line. */

export interface Gate {
  /** Resolves when it is one's turn, with what gives the place back. Rejects when the signal aborts. */
  enter(signal: AbortSignal): Promise<() => void>;
}

export function createGate(max: number): Gate {
  const line: (() => void)[] = [];
  let inside = 0;

  function leave(): void {
    const next = line.shift();
    // The place goes straight to who is next.
    if (next === undefined) inside -= 1;
    else next();
  }

  return {
    async enter(signal) {
      signal.throwIfAborted();
      if (inside < max) inside += 1;
      else await turn(line, signal);
      let isOut = false;
      return () => {
        if (isOut) return;
        isOut = true;
        leave();
      };
    },
  };
}

function turn(line: (() => void)[], signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const come = () => {
      signal.removeEventListener('abort', give);
      resolve();
    };
    const give = () => {
      const place = line.indexOf(come);
      if (place !== -1) line.splice(place, 1);
      reject(signal.reason);
    };
    line.push(come);
    signal.addEventListener('abort', give, { once: true });
  });
}
