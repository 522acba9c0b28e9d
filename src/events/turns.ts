/** Lets so many ask the database at a time; the others wait for their turn instead of being refused. */

export type Turns = <T>(work: () => Promise<T>) => Promise<T>;

export function createTurns(atOnceMax: number): Turns {
  const waiting: (() => void)[] = [];
  let underWay = 0;
  return async (work) => {
    if (underWay >= atOnceMax) await new Promise<void>((resolve) => waiting.push(resolve));
    else underWay += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) underWay -= 1;
      else next();
    }
  };
}
