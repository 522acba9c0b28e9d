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

/** Lets go of what it starts when it leaves the line: a Set that is written to all the time leaves tables behind that live long. */
interface Place {
  start: (() => void) | undefined;
}

export function createSlots(max: number): Slots {
  /** The line of each consumer that has one, in the order of their turns. */
  const lines = new Map<string, Set<Place>>();
  let taken = 0;
  let waiting = 0;

  function leave(consumer: string, place: Place): void {
    const line = lines.get(consumer);
    if (line?.delete(place) !== true) return;
    place.start = undefined;
    waiting -= 1;
    if (line.size === 0) lines.delete(consumer);
  }

  /** Whose turn it was goes behind the others. */
  function next(): Place['start'] {
    for (const [consumer, line] of lines) {
      const [place] = line;
      if (place === undefined) continue;
      const { start } = place;
      leave(consumer, place);
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
        const place = { start: () => end(true) };
        const giveUp = () => {
          leave(consumer, place);
          end(false);
        };
        const timer = setTimeout(giveUp, queueWaitMs);
        signal.addEventListener('abort', giveUp, { once: true });
        const line = lines.get(consumer) ?? new Set();
        lines.set(consumer, line.add(place));
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
