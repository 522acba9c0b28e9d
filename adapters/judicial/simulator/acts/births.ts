/** Births: entered when they are declared, put under the child's number when the population register has given it. */

import type { SqlRow, SqlTransaction, SqlValue } from '../../../../src/adapter-kit/index.ts';
import { required } from '../../common.ts';
import { partialDate } from '../../dates.ts';
import { code, object, text, type Wire } from '../../wire.ts';
import { daysApartMax } from '../calendar.ts';
import {
  type Act,
  canBeSame,
  entered,
  isBefore,
  isOtherName,
  lockPersons,
  namedPerson,
  openEntry,
  partsOf,
  type RefusalCode,
  refuse,
} from './act.ts';

const sexes = { 1: 1, 2: 2 } as const;
const counts = { 1: 1, 2: 2, 3: 3 } as const;
/** Between two births of one mother. */
const birthsApartDaysMin = 180;

export const registerBirth: Act = async (books, asked) => {
  const child = required(asked, 'nguoi_duoc_khai_sinh', object);
  const born = required(child, 'ngay_sinh', partialDate);
  const order = required(asked, 'thu_tu_sinh', (wire, member) => code(wire, member, counts));
  const count = required(asked, 'so_con_cung_sinh', (wire, member) => code(wire, member, counts));
  const mother = namedPerson(asked, 'me', 'me');
  const fault = await faultOf(books, asked, mother.me_so, { born: born.value, order, count });
  if (fault !== undefined) return refuse(fault);
  const entry = await openEntry(books, asked);
  await books.query('register-birth', {
    ...entry,
    ho_ten: required(child, 'ho_ten', text),
    ...partsOf(born),
    gioi_tinh: required(child, 'gioi_tinh', (wire, member) => code(wire, member, sexes)),
    ...mother,
    ...namedPerson(asked, 'cha', 'cha'),
    ...namedPerson(asked, 'nguoi_di_khai', 'khai'),
    so_giay_chung_sinh: text(asked, 'so_giay_chung_sinh') ?? null,
    so_con: count,
    thu_tu: order,
  });
  return entered(entry);
};

interface Place {
  readonly born: string;
  readonly order: number;
  /** Children born together. */
  readonly count: number;
}

async function faultOf(
  books: SqlTransaction,
  asked: Wire,
  mother: SqlValue | undefined,
  place: Place,
): Promise<RefusalCode | undefined> {
  const held = typeof mother === 'string' ? (await lockPersons(books, mother)).get(mother) : undefined;
  if (typeof mother === 'string' && held === undefined) return 'KHONG_CO_NGUOI';
  if (await isOtherName(books, asked, ['me', 'cha', 'nguoi_di_khai'])) return 'SAI_HO_TEN';
  if (held === undefined) return undefined;
  if (held.died !== undefined && isBefore(held.died, place.born)) return 'ME_DA_CHET';
  return faultAmong(await books.query('births-of-mother', { so_dinh_danh: held.pin }), place);
}

/**
 * The same birth: a day that can be the same, the same place among those born together; twins differ in the last. A child
 * that was born alone has no sibling within half a year; one of several may have been declared before the others.
 */
function faultAmong(births: readonly SqlRow[], { born, order, count }: Place): RefusalCode | undefined {
  if (births.some(({ sinh, thu_tu_sinh }) => Number(thu_tu_sinh) === order && canBeSame(String(sinh), born)))
    return 'DA_DANG_KY';
  const isClose = count === 1 && births.some(({ sinh }) => daysApartMax(String(sinh), born) < birthsApartDaysMin);
  return isClose ? 'SINH_QUA_GAN' : undefined;
}

export const recordPin: Act = async (books, asked) => {
  const so = required(asked, 'so', text);
  const so_dinh_danh = required(asked, 'so_dinh_danh', text);
  const [waiting] = await books.query('lock-birth', { so });
  if (waiting === undefined) return refuse('KHONG_CO_NGUOI');
  await books.query('enter-child', { so, so_dinh_danh });
  await books.query('enter-birth', { so, so_dinh_danh });
  await books.query('end-wait', { so });
  return { outcome: 'done', result: {} };
};
