/** Translates the registry's answer about criminal records. */

import { required } from './common.ts';
import { date } from './dates.ts';
import { code, list, object, present, text, type Wire } from './wire.ts';

/** Không có án tích, có án tích, đang xác minh. */
const statuses = { 0: 'none', 1: 'present', 2: 'pending' } as const;
const forms = { 1: '1', 2: '2' } as const;

/** `{ tinh_trang_an_tich, loai_phieu, phieu, an_tich }` to the record `criminalRecord`. */
export function criminalRecord(wire: Wire) {
  const certificate = object(wire, 'phieu');
  const convictions = list(wire, 'an_tich');
  return {
    status: required(wire, 'tinh_trang_an_tich', (from, member) => code(from, member, statuses)),
    form: required(wire, 'loai_phieu', (from, member) => code(from, member, forms)),
    ...present({
      certificate: certificate && {
        number: required(certificate, 'so', text),
        issuedOn: required(certificate, 'ngay_cap', date),
        authority: required(certificate, 'noi_cap', text),
      },
      details: convictions?.map(conviction),
    }),
  };
}

function conviction(wire: Wire) {
  return {
    judgmentNumber: required(wire, 'so_ban_an', text),
    court: required(wire, 'toa_an', text),
    date: required(wire, 'ngay_tuyen', date),
    offence: required(wire, 'toi_danh', text),
    sentence: required(wire, 'hinh_phat', text),
    ...present({ clearedOn: date(wire, 'ngay_xoa') }),
  };
}
