/** Days as the registry counts them: in Viet Nam's time, written day first. */

const dayMs = 24 * 60 * 60 * 1000;

/** `dd/mm/yyyy` to `yyyy-mm-dd`; undefined for what is no such day. */
export function readDay(written: string): string | undefined {
  const [, day, month, year] = /^(\d\d)\/(\d\d)\/(\d{4})$/.exec(written) ?? [];
  const iso = `${year}-${month}-${day}`;
  const atMs = Date.parse(iso);
  return !Number.isNaN(atMs) && new Date(atMs).toISOString().startsWith(iso) ? iso : undefined;
}

/** The days between two dates, each known to the day, month or year, at their farthest. */
export function daysApartMax(one: string, other: string): number {
  const firstMs = (partial: string) => Date.parse(`${partial}-01-01`.slice(0, 10));
  const lastMs = (partial: string) => Date.parse(lastDayOf(partial));
  return Math.max(lastMs(one) - firstMs(other), lastMs(other) - firstMs(one)) / dayMs;
}

/** `yyyy-mm-dd` to `dd/mm/yyyy`. */
export const writeDay = (iso: string): string => iso.split('-').reverse().join('/');

/** The last day that a date known to the day, month or year can mean: `2024-11` to `2024-11-30`. */
export function lastDayOf(partial: string): string {
  const [year, month] = partial.split('-').map(Number);
  if (partial.length === 10 || year === undefined) return partial;
  return new Date(Date.UTC(year, month ?? 12, 0)).toISOString().slice(0, 10);
}
