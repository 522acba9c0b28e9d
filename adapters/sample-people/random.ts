/** A small seeded generator of its own, so that the same people come out on every machine and every version of Node. */

export interface Random {
  /** At least 0, below 1. */
  next(): number;
  /** A whole number, both ends included. */
  between(least: number, most: number): number;
  chance(share: number): boolean;
  pick<T>(list: readonly T[]): T;
  /** Picks by weight. */
  weighted<T>(list: readonly (readonly [weight: number, value: T])[]): T;
  /** A day of the year, YYYY-MM-DD. */
  dayIn(year: number): string;
}

/** mulberry32: 32 bits of state, a period of 2^32, far more than a sample needs. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (least: number, most: number) => least + Math.floor(next() * (most - least + 1));
  return {
    next,
    between,
    chance: (share) => next() < share,
    pick: (list) => at(list, between(0, list.length - 1)),
    weighted(list) {
      let left = next() * list.reduce((sum, [weight]) => sum + weight, 0);
      for (const [weight, value] of list) {
        left -= weight;
        if (left < 0) return value;
      }
      return at(list, list.length - 1)[1];
    },
    dayIn: (year) => addDays(`${year}-01-01`, between(0, 364)),
  };
}

/** The day so many days later, YYYY-MM-DD. */
export function addDays(day: string, days: number): string {
  return new Date(Date.parse(day) + days * 86_400_000).toISOString().slice(0, 10);
}

/** The last of the days, each YYYY-MM-DD. */
export function latest(...days: readonly [string, ...string[]]): string {
  let last = days[0];
  for (const day of days) if (day > last) last = day;
  return last;
}

export function yearOf(day: string): number {
  return Number(day.slice(0, 4));
}

function at<T>(list: readonly T[], index: number): T {
  const value = list[index];
  if (value === undefined) throw new RangeError('an empty list has nothing to pick');
  return value;
}
