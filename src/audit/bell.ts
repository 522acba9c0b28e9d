/** Wakes whoever sleeps until there is something to do, however often it is rung meanwhile. */

export interface Bell {
  ring(): void;
  /** Rings, and ends a pause. */
  hurry(): void;
  /** Resolves when it has been rung since the last time, or ended. */
  rung(): Promise<void>;
  /** A pause, in which it may be rung without waking anybody. */
  quiet(pauseMs: number): Promise<void>;
}

/** Once the signal has aborted nobody sleeps any more. */
export function createBell(signal: AbortSignal): Bell {
  let isRung = false;
  let wakeUp: () => void = () => undefined;
  let disturb: () => void = () => undefined;

  function ring(): void {
    isRung = true;
    wakeUp();
  }

  function hurry(): void {
    ring();
    disturb();
  }

  signal.addEventListener('abort', hurry, { once: true });
  return {
    ring,
    hurry,
    async rung() {
      if (!isRung && !signal.aborted) await new Promise<void>((resolve) => (wakeUp = resolve));
      isRung = false;
    },
    quiet(pauseMs) {
      if (signal.aborted) return Promise.resolve();
      return new Promise((resolve) => {
        const timer = setTimeout(resolve, pauseMs);
        disturb = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    },
  };
}
