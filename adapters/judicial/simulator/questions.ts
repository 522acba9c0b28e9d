/** The registry's three questions, answered from its database in its own words and codes. */

import { dayInVietNam, type SqlSource } from '../../../src/adapter-kit/index.ts';
import { lastDayOf, readDay, writeDay } from './calendar.ts';
import { type MarriageRow, maritalStatusAt } from './marital-status.ts';

/** Body of every answer, sent with HTTP 200. */
export interface Envelope {
  readonly ma: number;
  readonly thong_bao: string;
  readonly du_lieu?: Readonly<Record<string, unknown>>;
}

export type Question = (asked: Readonly<Record<string, unknown>>, signal: AbortSignal) => Promise<Envelope>;

/** Codes and texts of the registry. */
const notFound: Envelope = { ma: 201, thong_bao: 'Không tìm thấy hồ sơ' };
const mismatch: Envelope = { ma: 203, thong_bao: 'Thông tin không khớp với hồ sơ' };
export const wrongType: Envelope = { ma: 302, thong_bao: 'Sai kiểu dữ liệu' };
export const notAuthenticated: Envelope = { ma: 100, thong_bao: 'Xác thực không thành công' };
const complete = (du_lieu: Record<string, unknown>): Envelope => ({ ma: 0, thong_bao: 'Thành công', du_lieu });
const incomplete = (du_lieu: Record<string, unknown>): Envelope => ({
  ma: 200,
  thong_bao: 'Hồ sơ chưa đầy đủ',
  du_lieu,
});

/** Younger persons have no file: they cannot be punished (Penal Code, article 12). */
const criminalAgeYears = 14;

/** By path. `nowMs` is the clock, Unix milliseconds. */
export function createQuestions(sql: SqlSource, nowMs: () => number): Readonly<Record<string, Question>> {
  const ofPerson = (name: string, pin: string, signal: AbortSignal) =>
    sql.query(name, { so_dinh_danh: pin }, signal) as Promise<Record<string, unknown>[]>;

  return {
    '/ho-tich/tinh-trang-hon-nhan': async ({ so_dinh_danh: pin, tai_ngay }, signal) => {
      const asked = tai_ngay === undefined ? dayInVietNam(nowMs()) : readDay(String(tai_ngay));
      if (typeof pin !== 'string' || asked === undefined) return wrongType;
      const [[person], marriages] = await Promise.all([
        ofPerson('person', pin, signal),
        ofPerson('marriages', pin, signal),
      ]);
      if (person === undefined) return notFound;
      const born = String(person.sinh);
      if (asked.slice(0, born.length) < born) return mismatch;
      const diedOn = person.chet === null ? undefined : String(person.chet);
      const at = diedOn === undefined ? asked : earlier(asked, lastDayOf(diedOn));
      if (person.hon_nhan_chua_ro === true) return incomplete({ tinh_trang: 9, tai_ngay: writeDay(at) });
      return complete(maritalStatus(marriages as unknown as MarriageRow[], at, diedOn));
    },

    '/ho-tich/trich-luc': async ({ so_dinh_danh: pin, loai }, signal) => {
      if (typeof pin !== 'string') return wrongType;
      if (loai === 'KH') {
        const marriages = await ofPerson('marriages', pin, signal);
        return marriages.length === 0 ? notFound : complete({ ket_hon: marriages.map(({ ket_hon }) => ket_hon) });
      }
      if (loai !== 'KS' && loai !== 'KT') return wrongType;
      const [extract] = await ofPerson(loai === 'KS' ? 'birth' : 'death', pin, signal);
      return extract === undefined ? notFound : complete(extract);
    },

    '/ly-lich-tu-phap/tinh-trang': async ({ so_dinh_danh: pin, loai_phieu }, signal) => {
      if (typeof pin !== 'string' || (loai_phieu !== 1 && loai_phieu !== 2)) return wrongType;
      const [[person], [record]] = await Promise.all([
        ofPerson('person', pin, signal),
        sql.query('criminal-record', { so_dinh_danh: pin, loai_phieu }, signal),
      ]);
      if (person === undefined || record === undefined || isChild(String(person.sinh), nowMs())) return notFound;
      return complete(record.ly_lich as Record<string, unknown>);
    },
  };
}

function maritalStatus(marriages: readonly MarriageRow[], at: string, diedOn: string | undefined) {
  const { tinh_trang, tu_ngay, marriage } = maritalStatusAt(marriages, at, diedOn);
  return {
    tinh_trang,
    tai_ngay: writeDay(at),
    ...(tu_ngay === undefined ? {} : { tu_ngay: writeDay(tu_ngay) }),
    ...(marriage === undefined ? {} : { dang_ky: marriage.ket_hon.dang_ky }),
    ...(marriage === undefined || tinh_trang !== 2 ? {} : { vo_chong: marriage.ket_hon[marriage.nguoi_kia] }),
  };
}

const earlier = (a: string, b: string): string => (a < b ? a : b);

function isChild(born: string, nowMs: number): boolean {
  const today = dayInVietNam(nowMs);
  const cameOfAge = `${Number(born.slice(0, 4)) + criminalAgeYears}${born.slice(4)}`;
  return today.slice(0, cameOfAge.length) < cameOfAge;
}
