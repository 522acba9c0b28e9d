/** Lets all who ask the same thing at the same time wait for one piece of work, which ends early only when all of them have gone. */

import { Problem } from '../problems.ts';

interface Work<T> {
  readonly result: Promise<T>;
  readonly abort: AbortController;
}

interface Flight<T> {
  /**
   * Let go of when it is done. A Map that is written to all the time leaves tables behind, each with what was in it at some
   * moment and a reference to the next one: V8's small collections take all of that for reachable, once one has grown old.
   */
  work: Work<T> | undefined;
  waiters: number;
}

export interface SingleFlight<T> {
  /** Starts the work or joins the one under way. Rejects with Problem('client-disconnected') when `signal` aborts first. */
  join(key: string, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T>;
  has(key: string): boolean;
  /** Whoever asks from now on starts anew; those who wait already still get what is under way. */
  leave(key: string): void;
}

export function createSingleFlight<T>(): SingleFlight<T> {
  const flights = new Map<string, Flight<T>>();

  function start(key: string, work: (signal: AbortSignal) => Promise<T>): Flight<T> {
    const abort = new AbortController();
    const result = work(abort.signal);
    const flight: Flight<T> = { work: { result, abort }, waiters: 0 };
    const land = () => {
      flight.work = undefined;
      // An abandoned flight has already made room for a new one under the same key.
      if (flights.get(key) === flight) flights.delete(key);
    };
    result.then(land, land);
    flights.set(key, flight);
    return flight;
  }

  return {
    has: (key) => flights.has(key),
    leave: (key) => void flights.delete(key),
    join(key, signal, work) {
      if (signal.aborted) return Promise.reject(disconnected());
      const flight = flights.get(key) ?? start(key, work);
      flight.waiters += 1;
      return new Promise<T>((resolve, reject) => {
        const leave = () => {
          reject(disconnected());
          flight.waiters -= 1;
          if (flight.waiters > 0) return;
          if (flights.get(key) === flight) flights.delete(key);
          flight.work?.abort.abort(disconnected());
        };
        signal.addEventListener('abort', leave, { once: true });
        const stay = () => signal.removeEventListener('abort', leave);
        flight.work?.result.then(
          (answer) => {
            stay();
            resolve(answer);
          },
          (error: unknown) => {
            stay();
            reject(error);
          },
        );
      });
    },
  };
}

function disconnected(): Problem {
  return new Problem('client-disconnected', 'The caller closed the connection before the registry answered.');
}
