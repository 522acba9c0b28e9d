/** The people whom tests, examples and documents know by PIN; every registry holds them where it applies. */

import { refTo } from './acts.ts';
import { closeHousehold, die, marry, newHome, replacePin } from './households.ts';
import { addPerson, type Book, currentResidence, type Draft, type Home, type PersonFacts } from './person.ts';
import { baDinh, hoanKiem } from './places.ts';
import { yearOf } from './random.ts';
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
  const home: Home = {
    ...newHome(book, '2014-11-20'),
    place: hoanKiem,
    nth: 0,
    line: '12 phố Hàng Trống',
    recoded: true,
  };
  const hoa = addHoa(book, home);
  const duc = add(book, home, castPins.duc, 'Trần Văn Đức', {
    ...born('1988-02-29'),
    sex: 'male',
    relation: 'head',
    naming: tran,
  });
  const { sau, sauHome } = addSau(book);
  const twin = {
    ...born('2016-08-01'),
    relation: 'child',
    naming: tran,
    multiplicity: 'twin',
    father: duc,
    mother: hoa,
  } as const;
  const minh = add(book, home, castPins.minh, 'Trần Đức Minh', { ...twin, sex: 'male', order: 1 });
  const mai = add(book, home, castPins.mai, 'Trần Hòa Mai', { ...twin, sex: 'female', order: 2 });
  writeBirth(minh, duc, '2016/0801-17', act('210/2016', '02/2016', '10', '2016-08-15'));
  writeBirth(mai, duc, '2016/0801-18', act('211/2016', '02/2016', '11', '2016-08-15'));
  const wedding = marry(book, home, duc, hoa, '2014-10-12');
  book.marriages[book.marriages.indexOf(wedding)] = {
    ...wedding,
    registration: act('125/2014', '01/2014', '63', '2014-10-12'),
  };
  closeHousehold(book, home, [duc, hoa, minh, mai]);
  const { binh, binhHome } = addBinh(book);
  const widow = addWidow(book, sauHome, sau);
  closeHousehold(book, sauHome, [widow]);
  closeHousehold(book, binhHome, [binh]);
}

const tran = { ethnicity: 'Kinh', surname: 'Trần' };

function addHoa(book: Book, home: Home): Draft {
  const naming = { ethnicity: 'Kinh', surname: 'Nguyễn' };
  const hoa = add(book, home, castPins.hoa, 'Nguyễn Thị Hòa', {
    ...born('1990-05-17'),
    sex: 'female',
    relation: 'spouse',
    naming,
  });
  return Object.assign(hoa, {
    nativePlace: 'Xã Sóc Sơn, thành phố Hà Nội',
    father: { fullName: 'Nguyễn Văn Bình' },
    mother: { fullName: 'Lê Thị Lan' },
    bloodGroup: 'O',
    oldIdentityNumber: '099000001',
    phone: '0900000001',
    email: 'hoa@example.vn',
  } satisfies Partial<Draft>);
}

/** Lives, as far as the register knows, where the codes of 2021 stand. */
function addSau(book: Book) {
  const sauHome: Home = { ...newHome(book, '2001-04-10'), code: '990000002', place: baDinh, nth: 0, recoded: false };
  const sau = add(book, sauHome, castPins.sau, 'Lê Văn Sáu', {
    birthYear: 1965,
    birthDay: '1965-06-30',
    dateOfBirth: { value: '1965', precision: 'year' },
    sex: 'male',
    relation: 'head',
    naming: { ethnicity: 'Kinh', surname: 'Lê' },
  });
  return { sau, sauHome };
}

function addWidow(book: Book, home: Home, sau: Draft): Draft {
  const widow = addPerson(book, home, {
    ...born('1968-12-05'),
    fullName: 'Phan Thị Bảy',
    sex: 'female',
    relation: 'spouse',
    naming: { ethnicity: 'Kinh', surname: 'Phan' },
  });
  die(book, home, sau, widow, marry(book, home, sau, widow, '1990-01-15'), '2024-11-03');
  sau.death = {
    date: { value: '2024-11-03', precision: 'day' },
    time: '04:30',
    place: 'Tại nhà',
    cause: 'Bệnh tim',
    noticeNumber: '77/2024',
    registration: {
      number: '88/2024',
      book: '01/2024',
      page: '44',
      date: '2024-11-05',
      place: 'Ủy ban nhân dân phường Phúc Xá, thành phố Hà Nội',
    },
  };
  return widow;
}

function addBinh(book: Book) {
  const facts = { ...born('1975-03-09'), relation: 'head', naming: { ethnicity: 'Kinh', surname: 'Phạm' } } as const;
  const binhHome: Home = { ...newHome(book, '2003-09-01'), code: '990000003', place: hoanKiem, nth: 1, recoded: true };
  const before = add(book, binhHome, castPins.binhReplaced, 'Phạm An Bình', { ...facts, sex: 'female' });
  const binh = add(book, binhHome, castPins.binh, 'Phạm An Bình', { ...facts, sex: 'male' });
  replacePin(before, binh);
  return { binh, binhHome };
}

type CastFacts = Omit<PersonFacts, 'pin' | 'fullName'>;

const leftToChance = ['otherName', 'temporary', 'bloodGroup', 'oldIdentityNumber', 'phone', 'email'] as const;

/** The cast is plain on purpose: known by one name, living at home, and nothing about it by chance. */
function add(book: Book, home: Home, pin: string, fullName: string, facts: CastFacts): Draft {
  const person = addPerson(book, home, { ...facts, pin, fullName });
  for (const field of leftToChance) delete person[field];
  person.religion = 'Không';
  person.current = currentResidence(home, person.permanent);
  if (facts.mother === undefined) {
    delete person.father;
    delete person.mother;
    if (person.birth !== undefined) person.birth = { ...person.birth, declarant: refTo(person) };
  }
  return person;
}

function born(day: string) {
  return { birthYear: yearOf(day), birthDay: day, dateOfBirth: { value: day, precision: 'day' } } as const;
}

function writeBirth(child: Draft, father: Draft, notificationNumber: string, registration: SampleRegistration): void {
  if (child.birth === undefined) return;
  child.birth = { ...child.birth, declarant: refTo(father), notificationNumber, registration };
}

function act(number: string, book: string, page: string, date: string): SampleRegistration {
  return { number, book, page, date, place: 'Ủy ban nhân dân phường Hàng Trống, thành phố Hà Nội' };
}
