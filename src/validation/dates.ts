/** Calendar dates as messages write them: real days of the Gregorian calendar, whole or known to the month or year. */

/** No register in use goes further back; an earlier year is a slip. */
const yearMin = 1800;

/** Says what is wrong with a date YYYY-MM-DD, or undefined. */
export function dateFault(value: string): string | undefined {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(value);
  if (parts === null) return 'must be a date in the form YYYY-MM-DD';
  const [year, month, day] = [Number(parts[1]), Number(parts[2]), Number(parts[3])];
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return 'must be a day that the calendar has';
  return tooEarly(year);
}

/** Says what is wrong with a month YYYY-MM, or undefined. */
export function yearMonthFault(value: string): string | undefined {
  const parts = /^(\d{4})-(\d{2})$/.exec(value);
  if (parts === null) return 'must be a month in the form YYYY-MM';
  const month = Number(parts[2]);
  if (month < 1 || month > 12) return 'must be a month that the calendar has, 01 to 12';
  return tooEarly(Number(parts[1]));
}

/** Says what is wrong with a year YYYY, or undefined. */
export function yearFault(value: string): string | undefined {
  return /^\d{4}$/.test(value) ? tooEarly(Number(value)) : 'must be a year in the form YYYY';
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function tooEarly(year: number): string | undefined {
  return year < yearMin ? `must not be before the year ${yearMin}` : undefined;
}
