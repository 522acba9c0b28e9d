/** The people whom tests, examples and documents know by PIN; every registry holds them where it applies. */

import { closeHousehold, die, marry, newHome, replacePin } from './households.ts';
import { addPerson, type Book, type Draft, type Home, type PersonFacts } from './person.ts';
import { places } from './places.ts';
import type { SampleRegistration } from './types.ts';

/** PINs of the cast. */
export const castPins = {
  /** Nguyễn Thị Hòa, born 1990-05-17, married to Đức. */
  hoa: '099190000001',
  /** Trần Văn Đức, born on 29 February 1988. */
  duc: '099088000002',
  /** Lê Văn Sáu, born in 1965, the day unknown; died on 3 November 2024. */
  sau: '099065000003',
  /** Trần Đức Minh and Trần Hòa Mai, twins born on 1 August 2016 to Hòa and Đức. */
  minh: '099216000004',
  mai: '099316000005',
  /** Phạm An Bình, born 1975-03-09: the sex was wrong, the PIN was replaced. */
  binhReplaced: '099175000006',
  binh: '099075000007',
} as const;

/** Writes the cast into the empty book, in the order of their PINs. */
export function addCast(book: Book): void {
  const haNoi = (since: string): Home => ({ ...newHome(book, since), place: places[0], nth: 0, recoded: true });
  const family: Home = { ...haNoi('2015-06-01'), line: 'Số 12 phố Hòe Nhai' };
  const nguyen = { ethnicity: 'Kinh', surname: 'Nguyễn' };
  const hoa = add(book, family, castPins.hoa, 'Nguyễn Thị Hòa', {
    ...born('1990-05-17'),
    sex: 'female',
    relation: 'spouse',
    naming: nguyen,
  });
  const tran = { ethnicity: 'Kinh', surname: 'Trần' };
  const duc = add(book, family, castPins.duc, 'Trần Văn Đức', {
    ...born('1988-02-29'),
    sex: 'male',
    relation: 'head',
    naming: tran,
  });

  const le = { ethnicity: 'Kinh', surname: 'Lê' };
  const sauHome: Home = { ...newHome(book, '2001-04-10'), code: '990000002', place: places[0], nth: 1, recoded: true };
  const sau = add(book, sauHome, castPins.sau, 'Lê Văn Sáu', {
    birthYear: 1965,
    dateOfBirth: { value: '1965', precision: 'year' },
    sex: 'male',
    relation: 'head',
    naming: le,
  });

  const twin = {
    ...born('2016-08-01'),
    relation: 'child',
    naming: tran,
    multiplicity: 'twin',
    father: duc,
    mother: hoa,
  } as const;
  const minh = add(book, family, castPins.minh, 'Trần Đức Minh', { ...twin, sex: 'male', order: 1 });
  const mai = add(book, family, castPins.mai, 'Trần Hòa Mai', { ...twin, sex: 'female', order: 2 });
  writeBirth(minh, hoa, '145/2016', 'GCS-2016-00145');
  writeBirth(mai, hoa, '146/2016', 'GCS-2016-00146');
  const wedding = marry(book, family, duc, hoa, '2015-03-21');
  book.marriages[book.marriages.indexOf(wedding)] = { ...wedding, registration: act('27/2015', '2015-03-21') };
  closeHousehold(book, family, [duc, hoa, minh, mai]);

  const pham = { ...born('1975-03-09'), relation: 'head', naming: { ethnicity: 'Kinh', surname: 'Phạm' } } as const;
  const binhHome: Home = { ...haNoi('2003-09-01'), code: '990000003' };
  const before = add(book, binhHome, castPins.binhReplaced, 'Phạm An Bình', { ...pham, sex: 'female' });
  const binh = add(book, binhHome, castPins.binh, 'Phạm An Bình', { ...pham, sex: 'male' });
  replacePin(before, binh);

  const widow = addPerson(book, sauHome, {
    birthYear: 1968,
    dateOfBirth: { value: '1968-12-05', precision: 'day' },
    fullName: 'Phan Thị Bảy',
    sex: 'female',
    relation: 'spouse',
    naming: { ethnicity: 'Kinh', surname: 'Phan' },
  });
  die(book, sauHome, sau, widow, marry(book, sauHome, sau, widow, '1990-01-15'), '2024-11-03');
  if (sau.death !== undefined) sau.death = { ...sau.death, date: { value: '2024-11-03', precision: 'day' } };
  closeHousehold(book, sauHome, [widow]);
  closeHousehold(book, binhHome, [binh]);
}

type CastFacts = Omit<PersonFacts, 'pin' | 'fullName'>;

/** The cast is plain on purpose: known by one name, living at home. */
function add(book: Book, home: Home, pin: string, fullName: string, facts: CastFacts): Draft {
  const { otherName: _, temporary: __, ...plain } = addPerson(book, home, { ...facts, pin, fullName });
  const person: Draft = { ...plain, current: plain.permanent };
  book.people[person.index] = person;
  return person;
}

function born(day: string) {
  return { birthYear: Number(day.slice(0, 4)), birthDay: day, dateOfBirth: { value: day, precision: 'day' } } as const;
}

function writeBirth(child: Draft, mother: Draft, number: string, notificationNumber: string): void {
  if (child.birth === undefined) return;
  child.birth = {
    ...child.birth,
    declarant: { pin: mother.pin, fullName: mother.fullName },
    notificationNumber,
    registration: act(number, '2016-08-10'),
  };
}

function act(number: string, date: string): SampleRegistration {
  return { number, book: `01/${date.slice(0, 4)}`, page: '45', date, place: 'Ủy ban nhân dân Phường Phúc Xá' };
}
