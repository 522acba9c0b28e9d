/** What the acts of the registry have in common: whom they are about, how they are numbered, why they are refused. */

import {
  type DeliveryOutcome,
  type DeliveryRefused,
  matchName,
  type SqlTransaction,
  type SqlValue,
} from '../../../../src/adapter-kit/index.ts';
import { required } from '../../common.ts';
import { date, type PartialDate } from '../../dates.ts';
import { object, text, type Wire } from '../../wire.ts';
import { writeDay } from '../calendar.ts';

/** Enters what it is asked into the books, or refuses before it has written anything. */
export type Act = (books: SqlTransaction, asked: Wire) => Promise<DeliveryOutcome>;

/** A row of sql/held-persons.sql. */
export interface Person {
  readonly pin: string;
  /** 1 male, 2 female, 3 not determined. */
  readonly sex: number;
  readonly marriagesUnclear: boolean;
  /** yyyy, yyyy-mm or yyyy-mm-dd. */
  readonly born: string;
  readonly died: string | undefined;
}

/** The registry's codes for why it refuses, member `ly_do`; adapters/judicial/refusals.ts words them. */
export type RefusalCode =
  | 'DA_DANG_KY'
  | 'KHONG_CO_NGUOI'
  | 'DA_CHET'
  | 'ME_DA_CHET'
  | 'CHET_TRUOC_KHI_SINH'
  | 'CHET_TRUOC_KET_HON'
  | 'DANG_CO_VO_CHONG'
  | 'HON_NHAN_CHUA_RO'
  | 'CHUA_DU_TUOI'
  | 'SAI_GIOI_TINH'
  | 'GIA_TRI_KHAC'
  | 'SAI_HO_TEN'
  | 'SINH_QUA_GAN';

export const refuse = (code: RefusalCode): DeliveryRefused => ({
  outcome: 'refused',
  reason: { code, en: code, vi: code },
});

/** Holds one or two persons, in the order of their numbers, until the act is done. */
export async function lockPersons(books: SqlTransaction, one: string, other = one): Promise<Map<string, Person>> {
  await books.query('lock-persons', { mot: one, hai: other });
  const rows = await books.query('held-persons', { mot: one, hai: other });
  return new Map(
    rows.map((row) => [
      String(row.so_dinh_danh),
      {
        pin: String(row.so_dinh_danh),
        sex: Number(row.gioi_tinh),
        marriagesUnclear: row.hon_nhan_chua_ro === true,
        born: String(row.sinh),
        died: row.chet === null ? undefined : String(row.chet),
      },
    ]),
  );
}

/**
 * Whether somebody in these members who is given with a number bears another name in the books. Whom they do not know is
 * no matter here: fathers and declarants need not be in them.
 */
export async function isOtherName(books: SqlTransaction, asked: Wire, members: readonly string[]): Promise<boolean> {
  for (const member of members) {
    const named = object(asked, member) ?? {};
    const so_dinh_danh = text(named, 'so_dinh_danh');
    if (so_dinh_danh === undefined) continue;
    const [held] = await books.query('held-name', { so_dinh_danh });
    if (held !== undefined && matchName(required(named, 'ho_ten', text), String(held.ho_ten)) === 'none') return true;
  }
  return false;
}

export interface Entry {
  readonly so: string;
  readonly quyen: string;
  /** yyyy-mm-dd. */
  readonly ngay_dang_ky: string;
  readonly noi_dang_ky: string;
}

/** Numbers the act; day and place come with it. */
export async function openEntry(books: SqlTransaction, asked: Wire): Promise<Entry> {
  const [number] = await books.query('next-number', {});
  const day = required(asked, 'ngay_dang_ky', date);
  const year = day.slice(0, 4);
  return {
    so: `${number?.so}/${year}`,
    quyen: year,
    ngay_dang_ky: day,
    noi_dang_ky: required(asked, 'noi_dang_ky', text),
  };
}

/** The act is in the books; `related` are numbers of people whom it changes beside those it names. */
export function entered(
  { so, quyen, ngay_dang_ky, noi_dang_ky }: Entry,
  related: readonly string[] = [],
): DeliveryOutcome {
  const dang_ky = { so, quyen, ngay_dang_ky: writeDay(ngay_dang_ky), noi_dang_ky };
  return { outcome: 'done', result: { dang_ky, lien_quan: related } };
}

/** `{ so_dinh_danh, ho_ten }` as two columns. */
export function namedPerson(asked: Wire, member: string, prefix: string): Record<string, SqlValue> {
  const named = object(asked, member) ?? {};
  return { [`${prefix}_so`]: text(named, 'so_dinh_danh') ?? null, [`${prefix}_ten`]: text(named, 'ho_ten') ?? null };
}

/** The parts of a date that are known. */
export function partsOf({ value }: Pick<PartialDate, 'value'>): { ngay: SqlValue; thang: SqlValue; nam: SqlValue } {
  const [year, month, day] = value.split('-').map(Number);
  return { ngay: day ?? null, thang: month ?? null, nam: year ?? null };
}

/** Whether two dates can be the same day, as far as both are known. */
export function canBeSame(one: string, other: string): boolean {
  const length = Math.min(one.length, other.length);
  return one.slice(0, length) === other.slice(0, length);
}

/** Whether the first date is earlier, as far as both are known. */
export function isBefore(one: string, other: string): boolean {
  const length = Math.min(one.length, other.length);
  return one.slice(0, length) < other.slice(0, length);
}
