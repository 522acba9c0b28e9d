/** Corrections: one fact at a time, and only where the books hold what the sender takes them to hold. */

import type { SqlTransaction } from '../../../../src/adapter-kit/index.ts';
import { required } from '../../common.ts';
import { date, partialDate } from '../../dates.ts';
import { code, text, type Wire } from '../../wire.ts';
import { lastDayOf } from '../calendar.ts';
import {
  type Act,
  entered,
  isBefore,
  lockPersons,
  openEntry,
  type Person,
  partsOf,
  type RefusalCode,
  refuse,
} from './act.ts';

type Fact = 'ho_ten' | 'ngay_sinh' | 'ten_me' | 'ten_cha' | 'ngay_chet';

/** By the registry's names for what can be corrected: a row of sql/held-facts.sql holds each under the same name. */
const facts: Readonly<Record<Fact, Fact>> = {
  ho_ten: 'ho_ten',
  ngay_sinh: 'ngay_sinh',
  ten_me: 'ten_me',
  ten_cha: 'ten_cha',
  ngay_chet: 'ngay_chet',
};
const isDate = (fact: Fact): boolean => fact.startsWith('ngay');

export const correct: Act = async (books, asked) => {
  const so_dinh_danh = required(asked, 'so_dinh_danh', text);
  const fact = required(asked, 'muc', (wire, member) => code(wire, member, facts));
  const [before, after] = [readValue(asked, 'gia_tri_cu', fact), readValue(asked, 'gia_tri_moi', fact)];
  const person = (await lockPersons(books, so_dinh_danh)).get(so_dinh_danh);
  if (person === undefined) return refuse('KHONG_CO_NGUOI');
  const [held] = await books.query('held-facts', { so_dinh_danh });
  if (String(held?.[fact]).normalize('NFC') !== before) return refuse('GIA_TRI_KHAC');
  const fault = await faultOf(books, person, fact, after);
  if (fault !== undefined) return refuse(fault);
  const entry = await openEntry(books, asked);
  const related = await write(books, so_dinh_danh, fact, before, after);
  const { quyen: _, ...numbered } = entry;
  await books.query('note-correction', {
    ...numbered,
    so_dinh_danh,
    muc: fact,
    gia_tri_cu: before,
    gia_tri_moi: after,
    so_quyet_dinh: required(asked, 'so_quyet_dinh', text),
    ngay_quyet_dinh: required(asked, 'ngay_quyet_dinh', date),
  });
  return entered(entry, related);
};

/** A name in NFC, or a date as far as it is known: yyyy, yyyy-mm or yyyy-mm-dd. */
function readValue(asked: Wire, member: string, fact: Fact): string {
  return isDate(fact) ? required(asked, member, partialDate).value : required(asked, member, text).normalize('NFC');
}

async function faultOf(
  books: SqlTransaction,
  { pin, born, died }: Person,
  fact: Fact,
  after: string,
): Promise<RefusalCode | undefined> {
  if (fact === 'ngay_sinh') return died !== undefined && isBefore(died, after) ? 'CHET_TRUOC_KHI_SINH' : undefined;
  if (fact !== 'ngay_chet') return undefined;
  if (isBefore(after, born)) return 'CHET_TRUOC_KHI_SINH';
  const [marriage] = await books.query('last-marriage', { so_dinh_danh: pin });
  const early = typeof marriage?.tu_ngay === 'string' && lastDayOf(after) < marriage.tu_ngay;
  return early ? 'CHET_TRUOC_KET_HON' : undefined;
}

/** Writes the fact wherever the books have it; gives the numbers of others whom that changes. */
async function write(
  books: SqlTransaction,
  so_dinh_danh: string,
  fact: Fact,
  before: string,
  after: string,
): Promise<string[]> {
  switch (fact) {
    case 'ho_ten':
      await books.query('correct-name', { so_dinh_danh, gia_tri: after });
      return [];
    case 'ten_me':
      await books.query('correct-mother', { so_dinh_danh, gia_tri: after });
      return [];
    case 'ten_cha':
      await books.query('correct-father', { so_dinh_danh, gia_tri: after });
      return [];
    case 'ngay_sinh':
      await books.query('correct-birth', { so_dinh_danh, ...partsOf({ value: after }) });
      return [];
    case 'ngay_chet':
      await books.query('correct-death', { so_dinh_danh, ...partsOf({ value: after }) });
      return endMarriageOn(books, so_dinh_danh, lastDayOf(after), lastDayOf(before));
  }
}

/** The widowed are no longer what they were told to be. */
async function endMarriageOn(
  books: SqlTransaction,
  so_dinh_danh: string,
  ngay: string,
  ngay_cu: string,
): Promise<string[]> {
  const moved = await books.query('move-end-of-marriage', { so_dinh_danh, ngay, ngay_cu });
  return moved.flatMap(({ nguoi_kia }) => (typeof nguoi_kia === 'string' ? [nguoi_kia] : []));
}
