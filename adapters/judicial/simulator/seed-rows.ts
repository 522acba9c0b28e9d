/** Writes the shared sample people into the civil-status books: the same rows on every machine. */

import type {
  SamplePartialDate,
  SamplePerson,
  SamplePopulation,
  SampleRef,
  SampleRegistration,
} from '../../sample-people/index.ts';
import { criminalRows } from './seed-criminal.ts';

export type Cell = string | number | boolean | null;
export type Row = Readonly<Record<string, Cell>>;

/** Rows by table of schema.sql, in an order that its references allow. */
export function registryRows({ people, marriages }: SamplePopulation): ReadonlyMap<string, readonly Row[]> {
  const criminal = criminalRows(people);
  return new Map<string, readonly Row[]>([
    ['ca_nhan', people.map(personRow)],
    ['khai_sinh', people.flatMap(birthRows)],
    ['ket_hon', marriages.map(marriageRow)],
    ['khai_tu', people.flatMap(deathRows)],
    ['an_tich', criminal.convictions],
    ['xac_minh', criminal.verifications],
    ['phieu_ly_lich', criminal.certificates],
  ]);
}

function personRow({ pin, fullName, dateOfBirth, sex, maritalStatus }: SamplePerson): Row {
  return {
    so_dinh_danh: pin,
    ho_ten: fullName,
    ...partsOf(dateOfBirth, 'sinh'),
    gioi_tinh: { male: 1, female: 2, other: 3 }[sex],
    hon_nhan_chua_ro: maritalStatus === 'unknown',
  };
}

function birthRows({ pin, birth, mother, father }: SamplePerson): Row[] {
  if (birth === undefined) return [];
  return [
    {
      so_dinh_danh: pin,
      ...ref(mother, 'me'),
      ...ref(father, 'cha'),
      ...ref(birth.declarant, 'nguoi_di_khai'),
      so_giay_chung_sinh: birth.notificationNumber ?? null,
      so_con_cung_sinh: { single: 1, twin: 2, triplet: 3 }[birth.multiplicity],
      thu_tu_sinh: birth.order,
      ...entry(birth.registration),
    },
  ];
}

function marriageRow(
  { husband, wife, registration, ended }: SamplePopulation['marriages'][number],
  index: number,
): Row {
  return {
    ma: index + 1,
    ...ref(husband, 'chong'),
    ...ref(wife, 'vo'),
    ...entry(registration),
    ngay_cham_dut: ended?.on ?? null,
    ly_do_cham_dut: ended === undefined ? null : { divorce: 'LH', death: 'CT', annulment: 'HU' }[ended.by],
    so_ban_an: ended?.judgmentNumber ?? null,
  };
}

function deathRows({ pin, death }: SamplePerson): Row[] {
  if (death === undefined) return [];
  return [
    {
      so_dinh_danh: pin,
      ...partsOf(death.date, 'chet'),
      gio_chet: death.time ?? null,
      noi_chet: death.place,
      nguyen_nhan: death.cause ?? null,
      so_giay_bao_tu: death.noticeNumber,
      ...entry(death.registration),
    },
  ];
}

function partsOf({ value }: SamplePartialDate, event: 'sinh' | 'chet'): Row {
  const [year, month, day] = value.split('-').map(Number);
  return { [`ngay_${event}`]: day ?? null, [`thang_${event}`]: month ?? null, [`nam_${event}`]: year ?? null };
}

function ref(person: SampleRef | undefined, role: string): Row {
  return { [`${role}_so_dinh_danh`]: person?.pin ?? null, [`${role}_ho_ten`]: person?.fullName ?? null };
}

function entry({ number, book, page, date, place }: SampleRegistration): Row {
  return { so: number, quyen: book, trang: page, ngay_dang_ky: date, noi_dang_ky: place };
}
