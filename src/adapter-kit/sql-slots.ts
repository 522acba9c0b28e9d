/** A bounded number of calls at work and a bounded number waiting, so that a slow registry cannot gather the whole gateway's load. */

import { SourceError } from './source-error.ts';

export interface Slots {
  /** Gives what gives the slot back: at once where one is free, else first come, first served. Rejects when the queue is full. */
  take(signal: AbortSignal): (() => void) | Promise<() => void>;
  /** Resolves when every slot has been given back. */
  allFree(): Promise<void>;
}

export function createSlots(slotsMax: number, queueMax: number, where: string): Slots {
  const waiting: (() => void)[] = [];
  const idlers: (() => void)[] = [];
  let taken = 0;

  const giveBack = () => {
    const next = waiting.shift();
    if (next !== undefined) return next();
    taken -= 1;
    if (taken === 0) for (const tell of idlers.splice(0)) tell();
  };

  const wait = (signal: AbortSignal) =>
    new Promise<() => void>((resolve, reject) => {
      if (waiting.length >= queueMax) {
        return reject(new SourceError('unavailable', `${where}: ${slotsMax} calls at work and ${queueMax} waiting`));
      }
      const start = () => {
        signal.removeEventListener('abort', leave);
        resolve(once(giveBack));
      };
      const leave = () => {
        waiting.splice(waiting.indexOf(start), 1);
        reject(signal.reason);
      };
      signal.addEventListener('abort', leave, { once: true });
      waiting.push(start);
    });

  const take = (signal: AbortSignal) => {
    if (taken >= slotsMax) return wait(signal);
    taken += 1;
    return once(giveBack);
  };

  const allFree = () => (taken === 0 ? Promise.resolve() : new Promise<void>((resolve) => void idlers.push(resolve)));

  return { take, allFree };
}

function once(action: () => void): () => void {
  let done = false;
  return () => {
    if (!done) action();
    done = true;
  };
}
