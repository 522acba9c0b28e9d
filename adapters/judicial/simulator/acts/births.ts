/** Births: entered when they are declared, put under the child's number when the population register has given it. */

import type { SqlTransaction } from '../../../../src/adapter-kit/index.ts';
import { required } from '../../common.ts';
import { partialDate } from '../../dates.ts';
import { code, object, text } from '../../wire.ts';
import { type Act, canBeSame, entered, isBefore, lockPersons, namedPerson, openEntry, partsOf, refuse } from './act.ts';

const sexes = { 1: 1, 2: 2 } as const;
const counts = { 1: 1, 2: 2, 3: 3 } as const;

export const registerBirth: Act = async (books, asked) => {
  const child = required(asked, 'nguoi_duoc_khai_sinh', object);
  const born = required(child, 'ngay_sinh', partialDate);
  const order = required(asked, 'thu_tu_sinh', (wire, member) => code(wire, member, counts));
  const mother = namedPerson(asked, 'me', 'me');
  if (typeof mother.me_so === 'string') {
    const held = (await lockPersons(books, mother.me_so)).get(mother.me_so);
    if (held === undefined) return refuse('KHONG_CO_NGUOI');
    if (held.died !== undefined && isBefore(held.died, born.value)) return refuse('ME_DA_CHET');
    if (await isEntered(books, mother.me_so, born.value, order)) return refuse('DA_DANG_KY');
  }
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
    so_con: required(asked, 'so_con_cung_sinh', (wire, member) => code(wire, member, counts)),
    thu_tu: order,
  });
  return entered(entry);
};

/** The same mother, a day that can be the same, the same place among those born together: twins differ in the last. */
async function isEntered(books: SqlTransaction, mother: string, born: string, order: number): Promise<boolean> {
  const births = await books.query('births-of-mother', { so_dinh_danh: mother });
  return births.some(({ sinh, thu_tu_sinh }) => Number(thu_tu_sinh) === order && canBeSame(String(sinh), born));
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
