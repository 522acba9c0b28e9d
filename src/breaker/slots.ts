/** Counts the calls that a registry works on, so that a slow one can hold only so many of the gateway's exchanges; a few more may wait, each consumer in its turn. */

import type { Waiter } from '../exchange/ports.ts';
import type { Priority } from '../exchange/types.ts';

export interface Slots {
  /** True where a slot was free and is now taken. */
  take(): boolean;
  /**
   * Waits in line, the consumers by turns; false where the line is full, the time is over or the caller has gone. Whoever has
   * fewest calls in a full line is let in all the same: the newest call of whoever has most gives way.
   */
  wait(waiter: Waiter, waiting: Waiting): Promise<boolean>;
  /** True where `wait` would refuse at once, the line being full. */
  isFullFor(waiter: Waiter, queueMax: number): boolean;
  giveBack(): void;
}

export interface Waiting {
  /** Calls that may wait at once, of all consumers. */
  readonly queueMax: number;
  readonly queueWaitMs: number;
  readonly signal: AbortSignal;
}

/** Lets go of what it ends when it leaves the line: a Set that is written to all the time leaves tables behind that live long. */
interface Place {
  end: ((isMine: boolean) => void) | undefined;
}

type Line = Set<Place>;

interface Giver extends Waiter {
  readonly line: Line;
}

/** @param interactiveTurns places that go to interactive calls before one goes to batch, where both wait */
export function createSlots(max: number, interactiveTurns: number): Slots {
  /** The line of each consumer that has one, in the order of their turns. */
  const lines: Readonly<Record<Priority, Map<string, Line>>> = { interactive: new Map(), batch: new Map() };
  let taken = 0;
  let waiting = 0;
  let turnsSinceBatch = 0;

  function leave({ consumer, priority }: Waiter, place: Place): Place['end'] {
    const line = lines[priority].get(consumer);
    if (line?.delete(place) !== true) return undefined;
    const { end } = place;
    place.end = undefined;
    waiting -= 1;
    if (line.size === 0) lines[priority].delete(consumer);
    return end;
  }

  function next(): Place['end'] {
    const { interactive, batch } = lines;
    const isBatch = interactive.size === 0 || (batch.size > 0 && turnsSinceBatch >= interactiveTurns);
    turnsSinceBatch = isBatch ? 0 : turnsSinceBatch + 1;
    return nextOf(isBatch ? 'batch' : 'interactive');
  }

  /** Whose turn it was goes behind the others. */
  function nextOf(priority: Priority): Place['end'] {
    for (const [consumer, line] of lines[priority]) {
      const [place] = line;
      if (place === undefined) continue;
      const end = leave({ consumer, priority }, place);
      if (lines[priority].delete(consumer)) lines[priority].set(consumer, line);
      return end;
    }
    return undefined;
  }

  /** How much of the line somebody has: nothing with one call, so that nobody's only one gives way to another's. */
  function burdenOf(priority: Priority, calls: number): number {
    return priority === 'batch' ? (calls - 1) * interactiveTurns + batchBurden : calls - 1;
  }

  /** Who gives way to the newcomer in a full line, if anybody. */
  function giverFor({ consumer, priority }: Waiter): Giver | undefined {
    let most = burdenOf(priority, (lines[priority].get(consumer)?.size ?? 0) + 1);
    let giver: Giver | undefined;
    for (const each of priorities) {
      for (const [other, line] of lines[each]) {
        const burden = burdenOf(each, line.size);
        if (burden <= most) continue;
        most = burden;
        giver = { consumer: other, priority: each, line };
      }
    }
    return giver;
  }

  function makeRoom(newcomer: Waiter): boolean {
    const giver = giverFor(newcomer);
    if (giver === undefined) return false;
    leave(giver, newestOf(giver.line))?.(false);
    return true;
  }

  return {
    take() {
      if (taken >= max) return false;
      taken += 1;
      return true;
    },
    wait(waiter, { queueMax, queueWaitMs, signal }) {
      if (signal.aborted || (waiting >= queueMax && !makeRoom(waiter))) return Promise.resolve(false);
      return new Promise((resolve) => {
        const end = (isMine: boolean) => {
          clearTimeout(timer);
          signal.removeEventListener('abort', giveUp);
          resolve(isMine);
        };
        const place: Place = { end };
        const giveUp = () => leave(waiter, place)?.(false);
        const timer = setTimeout(giveUp, queueWaitMs);
        signal.addEventListener('abort', giveUp, { once: true });
        const line = lines[waiter.priority].get(waiter.consumer) ?? new Set();
        lines[waiter.priority].set(waiter.consumer, line.add(place));
        waiting += 1;
      });
    },
    isFullFor: (waiter, queueMax) => taken >= max && waiting >= queueMax && giverFor(waiter) === undefined,
    giveBack() {
      const end = next();
      // The slot goes on to whoever waited, and is never free in between.
      if (end === undefined) taken -= 1;
      else end(true);
    },
  };
}

const priorities: readonly Priority[] = ['interactive', 'batch'];

/** An only call of batch gives way to an interactive one. */
const batchBurden = 0.5;

function newestOf(line: Line): Place {
  let newest: Place = { end: undefined };
  for (const place of line) newest = place;
  return newest;
}
