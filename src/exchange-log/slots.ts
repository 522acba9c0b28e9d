/** Lets a few pieces of work run at the same time and the others wait their turn, in order. */

export interface Slots {
  run<T>(work: () => Promise<T>): Promise<T>;
}

export function createSlots(slotsMax: number): Slots {
  let taken = 0;
  const waiting: (() => void)[] = [];
  return {
    async run(work) {
      if (taken === slotsMax) await new Promise<void>((resolve) => waiting.push(resolve));
      else taken += 1;
      try {
        return await work();
      } finally {
        // The slot goes on to whoever waits.
        const next = waiting.shift();
        if (next === undefined) taken -= 1;
        else next();
      }
    },
  };
}
