/** Counts the calls that a registry works on, so that a slow one can hold only so many of the gateway's exchanges; a few more may wait, each consumer in its turn. */

export interface Slots {
  /** True where a slot was free and is now taken. */
  take(): boolean;
  /** Waits in line, the consumers by turns; false where the line is full, the time is over or the caller has gone. */
  wait(consumer: string, waiting: Waiting): Promise<boolean>;
  giveBack(): void;
}

export interface Waiting {
  /** Calls that may wait at once, of all consumers. */
  readonly queueMax: number;
  readonly queueWaitMs: number;
  readonly signal: AbortSignal;
}

type Start = () => void;

export function createSlots(max: number): Slots {
  /** The line of each consumer that has one, in the order of their turns. */
  const lines = new Map<string, Set<Start>>();
  let taken = 0;
  let waiting = 0;

  function leave(consumer: string, start: Start): void {
    const line = lines.get(consumer);
    if (line?.delete(start) !== true) return;
    waiting -= 1;
    if (line.size === 0) lines.delete(consumer);
  }

  /** Whose turn it was goes behind the others. */
  function next(): Start | undefined {
    for (const [consumer, line] of lines) {
      const [start] = line;
      if (start === undefined) continue;
      leave(consumer, start);
      if (lines.delete(consumer)) lines.set(consumer, line);
      return start;
    }
    return undefined;
  }

  return {
    take() {
      if (taken >= max) return false;
      taken += 1;
      return true;
    },
    wait(consumer, { queueMax, queueWaitMs, signal }) {
      if (waiting >= queueMax || signal.aborted) return Promise.resolve(false);
      return new Promise((resolve) => {
        const end = (isMine: boolean) => {
          clearTimeout(timer);
          signal.removeEventListener('abort', giveUp);
          resolve(isMine);
        };
        const start = () => end(true);
        const giveUp = () => {
          leave(consumer, start);
          end(false);
        };
        const timer = setTimeout(giveUp, queueWaitMs);
        signal.addEventListener('abort', giveUp, { once: true });
        const line = lines.get(consumer) ?? new Set();
        lines.set(consumer, line.add(start));
        waiting += 1;
      });
    },
    giveBack() {
      const start = next();
      // The slot goes on to whoever waited, and is never free in between.
      if (start === undefined) taken -= 1;
      else start();
    },
  };
}
