/** Deaths: they close a person's books and end the marriage that stood. */

import { required } from '../../common.ts';
import { date, partialDate } from '../../dates.ts';
import { object, text } from '../../wire.ts';
import { lastDayOf } from '../calendar.ts';
import { type Act, entered, isBefore, isOtherName, lockPersons, openEntry, partsOf, refuse } from './act.ts';

export const registerDeath: Act = async (books, asked) => {
  const so_dinh_danh = required(required(asked, 'nguoi_chet', object), 'so_dinh_danh', text);
  const died = required(asked, 'ngay_chet', partialDate);
  const person = (await lockPersons(books, so_dinh_danh)).get(so_dinh_danh);
  if (person === undefined) return refuse('KHONG_CO_NGUOI');
  if (await isOtherName(books, asked, ['nguoi_chet', 'nguoi_di_khai'])) return refuse('SAI_HO_TEN');
  if (person.died !== undefined) return refuse('DA_CHET');
  if (isBefore(died.value, person.born)) return refuse('CHET_TRUOC_KHI_SINH');
  const [marriage] = await books.query('last-marriage', { so_dinh_danh });
  // Of a date that is not known to the day the last day counts, but none after the declaration.
  const lastDay = [lastDayOf(died.value), required(asked, 'ngay_khai', date)].toSorted()[0] ?? died.value;
  if (typeof marriage?.tu_ngay === 'string' && lastDay < marriage.tu_ngay) return refuse('CHET_TRUOC_KET_HON');
  const entry = await openEntry(books, asked);
  await books.query('register-death', {
    ...entry,
    so_dinh_danh,
    ...partsOf(died),
    gio_chet: text(asked, 'gio_chet') ?? null,
    noi_chet: required(asked, 'noi_chet', text),
    nguyen_nhan: text(asked, 'nguyen_nhan') ?? null,
    so_giay_bao_tu: required(asked, 'so_giay_bao_tu', text),
  });
  await books.query('end-marriage', { so_dinh_danh, ngay: lastDay });
  return entered(entry, typeof marriage?.nguoi_kia === 'string' ? [marriage.nguoi_kia] : []);
};
