/** Reckoning with days as text, YYYY-MM-DD, which needs no time zone. */

const dayMs = 86_400_000;

export function yearOf(day: string): number {
  return Number(day.slice(0, 4));
}

export function dayBefore(day: string): string {
  return new Date(Date.parse(day) - dayMs).toISOString().slice(0, 10);
}

/** The first day that a partial date can mean. */
export function firstDay(partialDate: string): string {
  return `${partialDate}-01-01`.slice(0, 10);
}

/** The day on which so many years are full; 29 February becomes 1 March where the year has none. */
export function birthday(dateOfBirth: string, years: number): string {
  const born = new Date(firstDay(dateOfBirth));
  return new Date(born.setUTCFullYear(born.getUTCFullYear() + years)).toISOString().slice(0, 10);
}

export function laterOf(one: string, other: string): string {
  return one > other ? one : other;
}
