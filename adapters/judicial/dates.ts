/** Vietnamese dates, day first, to ISO 8601 and back; a date may be known to the month or the year only. */

import { text, unreadable, type Wire } from './wire.ts';

export interface PartialDate {
  /** `1965`, `1965-07` or `1965-07-19`. */
  readonly value: string;
  readonly precision: 'year' | 'month' | 'day';
}

/** `dd/mm/yyyy` to `yyyy-mm-dd`. */
export function date(wire: Wire, member: string): string | undefined {
  const partial = partialDate(wire, member);
  if (partial && partial.precision !== 'day') throw unreadable(member);
  return partial?.value;
}

/** `dd/mm/yyyy`, `mm/yyyy` or `yyyy`. */
export function partialDate(wire: Wire, member: string): PartialDate | undefined {
  const written = text(wire, member);
  if (written === undefined) return undefined;
  if (!/^(?:(?:\d\d\/)?\d\d\/)?\d{4}$/.test(written)) throw unreadable(member);
  const parts = written.split('/').reverse();
  const value = parts.join('-');
  if (!isCalendarDate(value)) throw unreadable(member);
  return { value, precision: parts.length === 3 ? 'day' : parts.length === 2 ? 'month' : 'year' };
}

/** `yyyy-mm-dd` to `dd/mm/yyyy`. */
export function registryDate(isoDate: string): string {
  return isoDate.split('-').reverse().join('/');
}

/** Refuses 30/02 and the like, which Date would move to the next month. */
function isCalendarDate(value: string): boolean {
  const atMs = Date.parse(value);
  return !Number.isNaN(atMs) && new Date(atMs).toISOString().startsWith(value);
}
