/** Translates the registry's answer about marital status. */

import { person, registration, required } from './common.ts';
import { date } from './dates.ts';
import { code, present, type Wire } from './wire.ts';

/** 9 stands beside the registry's code 200: marriages in the paper books are not all taken over yet. */
const statuses = { 1: 'single', 2: 'married', 3: 'divorced', 4: 'widowed', 9: 'unknown' } as const;

/** `{ tinh_trang, tai_ngay, tu_ngay, dang_ky, vo_chong }` to the record `maritalStatus`. */
export function maritalStatus(wire: Wire) {
  return {
    status: required(wire, 'tinh_trang', (from, member) => code(from, member, statuses)),
    at: required(wire, 'tai_ngay', date),
    ...present({
      since: date(wire, 'tu_ngay'),
      registration: registration(wire, 'dang_ky'),
      spouse: person(wire, 'vo_chong'),
    }),
  };
}
