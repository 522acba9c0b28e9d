/** What the records of the registry have in common: people and entries in the books. */

import { date } from './dates.ts';
import { code, object, present, text, unreadable, type Wire } from './wire.ts';

export interface PersonRef {
  readonly pin?: string;
  readonly fullName: string;
}

export interface Registration {
  readonly number: string;
  readonly book?: string;
  readonly page?: string;
  readonly date: string;
  readonly place: string;
}

/** `{ "so_dinh_danh", "ho_ten" }`; people of the old paper books have no PIN. */
export function person(wire: Wire, member: string): PersonRef | undefined {
  const found = object(wire, member);
  if (!found) return undefined;
  const pin = text(found, 'so_dinh_danh');
  return { ...(pin === undefined ? {} : { pin }), fullName: required(found, 'ho_ten', text) };
}

/** `{ "so", "quyen", "trang", "ngay_dang_ky", "noi_dang_ky" }`. */
export function registration(wire: Wire, member: string): Registration | undefined {
  const entry = object(wire, member);
  if (!entry) return undefined;
  return {
    number: required(entry, 'so', text),
    ...present({ book: text(entry, 'quyen'), page: text(entry, 'trang') }),
    date: required(entry, 'ngay_dang_ky', date),
    place: required(entry, 'noi_dang_ky', text),
  };
}

/** Sex codes of the civil-status books: 1 male, 2 female, 3 not determined. */
export const sex = (wire: Wire, member: string): 'male' | 'female' | 'other' | undefined =>
  code(wire, member, { 1: 'male', 2: 'female', 3: 'other' } as const);

/** A member that the registry must send. */
export function required<Value>(
  wire: Wire,
  member: string,
  read: (wire: Wire, member: string) => Value | undefined,
): Value {
  const value = read(wire, member);
  if (value === undefined) throw unreadable(member);
  return value;
}
