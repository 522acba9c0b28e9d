/** Leaves a thread to names that are answered: those in doubt have all others of the pool at most, however many they are. */

export interface DoubtfulTurns {
  /** Resolves when one more name in doubt may be asked. */
  enter(): Promise<void>;
  /** One that is being asked already has turned out to be in doubt. */
  hold(): void;
  leave(): void;
}

export function createDoubtfulTurns(placesMax: number): DoubtfulTurns {
  const waiting: (() => void)[] = [];
  let held = 0;
  return {
    async enter() {
      if (held >= placesMax) await new Promise<void>((resolve) => waiting.push(resolve));
      else held += 1;
    },
    hold() {
      held += 1;
    },
    leave() {
      // The place goes on to whoever waits longest, unless more are held than there are.
      const next = held <= placesMax ? waiting.shift() : undefined;
      if (next === undefined) held -= 1;
      else next();
    },
  };
}

/** What of Node's default is used if the environment says nothing. */
const threadsUsual = 4;

/**
 * Look-ups that libuv runs at once: "slow" work has half of its threads, rounded up (`slow_work_thread_threshold` in
 * src/threadpool.c), and getaddrinfo is the only such work of Node's.
 */
export function lookupThreads(env: NodeJS.ProcessEnv): number {
  const { UV_THREADPOOL_SIZE: said } = env;
  const threads = said === undefined ? threadsUsual : Math.max(1, Number.parseInt(said, 10) || 1);
  return Math.floor((threads + 1) / 2);
}
