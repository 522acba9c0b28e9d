/** Marriages: between a man and a woman of age who are free to marry (Law on Marriage and Family, article 8). */

import { required } from '../../common.ts';
import { date } from '../../dates.ts';
import { object, text, type Wire } from '../../wire.ts';
import { type MarriageRow, maritalStatusAt } from '../marital-status.ts';
import { type Act, entered, isOtherName, lockPersons, namedPerson, openEntry, type Person, refuse } from './act.ts';

/** Full years on the day of the declaration. */
const ages = { husband: 20, wife: 18 } as const;
const married = 2;

export const registerMarriage: Act = async (books, asked) => {
  const [husbandPin, wifePin] = [pinOf(asked, 'chong'), pinOf(asked, 'vo')];
  const day = required(asked, 'ngay_khai', date);
  const persons = await lockPersons(books, husbandPin, wifePin);
  const [husband, wife] = [persons.get(husbandPin), persons.get(wifePin)];
  if (husband === undefined || wife === undefined) return refuse('KHONG_CO_NGUOI');
  if (await isOtherName(books, asked, ['chong', 'vo'])) return refuse('SAI_HO_TEN');
  if (husband.died !== undefined || wife.died !== undefined) return refuse('DA_CHET');
  if (husband.sex !== 1 || wife.sex !== 2) return refuse('SAI_GIOI_TINH');
  if (!isOfAge(husband, ages.husband, day) || !isOfAge(wife, ages.wife, day)) return refuse('CHUA_DU_TUOI');
  if (husband.marriagesUnclear || wife.marriagesUnclear) return refuse('HON_NHAN_CHUA_RO');
  for (const so_dinh_danh of [husbandPin, wifePin]) {
    const marriages = (await books.query('marriages', { so_dinh_danh })) as unknown as MarriageRow[];
    // One that was registered later than this declaration binds, too.
    if (maritalStatusAt(marriages, '9999-12-31', undefined).tinh_trang === married) return refuse('DANG_CO_VO_CHONG');
  }
  const entry = await openEntry(books, asked);
  await books.query('register-marriage', {
    ...entry,
    ...namedPerson(asked, 'chong', 'chong'),
    ...namedPerson(asked, 'vo', 'vo'),
  });
  return entered(entry);
};

function pinOf(asked: Wire, member: string): string {
  return required(required(asked, member, object), 'so_dinh_danh', text);
}

/** Of an unknown day or month the first counts. */
function isOfAge({ born }: Person, years: number, day: string): boolean {
  const first = `${born}-01-01`.slice(0, 10);
  return `${Number(first.slice(0, 4)) + years}${first.slice(4)}` <= day;
}
