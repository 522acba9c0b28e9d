/** Translates extracts from the civil-status books: births, marriages, deaths. */

import { person, registration, required, sex } from './common.ts';
import { date, partialDate } from './dates.ts';
import { code, list, object, present, text, type Wire } from './wire.ts';

/** What the registry calls each kind of extract: khai sinh, kết hôn, khai tử. */
export const extractCodes = { birth: 'KS', marriage: 'KH', death: 'KT' } as const;

const multiplicities = { 1: 'single', 2: 'twin', 3: 'triplet' } as const;
const orders = { 1: 1, 2: 2, 3: 3 } as const;
/** Ly hôn, chết, hủy kết hôn. */
const endings = { LH: 'divorce', CT: 'death', HU: 'annulment' } as const;

/** Reads the one kind of extract that was asked for, and no other, whatever else came with it. */
export const extractReaders = {
  birth: (wire: Wire) => ({ birth: birth(required(wire, 'khai_sinh', object)) }),
  marriage: (wire: Wire) => ({ marriages: required(wire, 'ket_hon', list).map(marriage) }),
  death: (wire: Wire) => ({ death: death(required(wire, 'khai_tu', object)) }),
} as const;

function birth(wire: Wire) {
  return present({
    child: child(required(wire, 'nguoi_duoc_khai_sinh', object)),
    mother: person(wire, 'me'),
    father: person(wire, 'cha'),
    declarant: person(wire, 'nguoi_di_khai'),
    notificationNumber: text(wire, 'so_giay_chung_sinh'),
    multiplicity: code(wire, 'so_con_cung_sinh', multiplicities),
    order: code(wire, 'thu_tu_sinh', orders),
    registration: registration(wire, 'dang_ky'),
  });
}

function child(wire: Wire) {
  return {
    ...present({ pin: text(wire, 'so_dinh_danh') }),
    fullName: required(wire, 'ho_ten', text),
    dateOfBirth: required(wire, 'ngay_sinh', partialDate),
    sex: required(wire, 'gioi_tinh', sex),
  };
}

function marriage(wire: Wire) {
  const end = object(wire, 'cham_dut') ?? {};
  return present({
    husband: person(wire, 'chong'),
    wife: person(wire, 'vo'),
    registration: registration(wire, 'dang_ky'),
    endedOn: date(end, 'ngay'),
    endedBy: code(end, 'ly_do', endings),
    judgmentNumber: text(end, 'so_ban_an'),
  });
}

function death(wire: Wire) {
  return present({
    deceased: person(wire, 'nguoi_chet'),
    date: partialDate(wire, 'ngay_chet'),
    time: text(wire, 'gio_chet'),
    place: text(wire, 'noi_chet'),
    cause: text(wire, 'nguyen_nhan'),
    noticeNumber: text(wire, 'so_giay_bao_tu'),
    registration: registration(wire, 'dang_ky'),
  });
}
