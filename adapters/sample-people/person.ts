/** Makes one person of a household, still open to what befalls it: marriage, death, a corrected PIN. */

import { birthAct, refTo } from './acts.ts';
import { fullName, type Naming } from './names.ts';
import { addressIn, mergerDay, nativePlaceIn, type Place, randomLine, randomPlace, residence } from './places.ts';
import { latest, type Random, yearOf } from './random.ts';
import type {
  SampleBirth,
  SampleHousehold,
  SampleMarriage,
  SamplePartialDate,
  SamplePerson,
  SampleRelation,
  SampleResidence,
} from './types.ts';

export type Draft = { -readonly [Key in keyof SamplePerson]: SamplePerson[Key] };

/** The population while it is being written. */
export interface Book {
  readonly random: Random;
  readonly people: Draft[];
  readonly marriages: SampleMarriage[];
  readonly households: SampleHousehold[];
}

/** Where a household lives. */
export interface Home {
  readonly code: string;
  readonly place: Place;
  /** Which of the place's communes. */
  readonly nth: number;
  readonly line: string;
  /** YYYY-MM-DD. */
  readonly since: string;
  /** Whether the address has been written anew in the codes of 1 July 2025. */
  readonly recoded: boolean;
}

export interface PersonFacts {
  readonly sex: 'male' | 'female';
  readonly birthYear: number;
  readonly naming: Naming;
  readonly relation: SampleRelation;
  /** Of the twins and triplets: the day they share. */
  readonly birthDay?: string;
  readonly multiplicity?: SampleBirth['multiplicity'];
  readonly order?: SampleBirth['order'];
  readonly father?: Draft;
  readonly mother?: Draft;
  /** Given for the cast. */
  readonly pin?: string;
  readonly fullName?: string;
  readonly dateOfBirth?: SamplePartialDate;
}

/** Share of year-only dates among those born before 1975 that makes 5 % of all. */
const yearOnlyShareOfOld = 0.127;

/** Appends the person to the book and returns it. */
export function addPerson(book: Book, home: Home, facts: PersonFacts): Draft {
  const { random, people } = book;
  const index = people.length;
  const given = facts.dateOfBirth?.precision === 'day' ? facts.dateOfBirth.value : undefined;
  const day = facts.birthDay ?? given ?? random.dayIn(facts.birthYear);
  const dateOfBirth = facts.dateOfBirth ?? asExactAsKnown(random, day);
  const name = facts.fullName ?? fullName(random, facts.naming, facts.sex);
  const birthplace = facts.mother === undefined && random.chance(0.3) ? randomPlace(random) : home.place;
  const permanent = permanentResidence(random, home, day);
  const adult = facts.birthYear <= 2007;
  const temporary = adult && random.chance(0.05) ? temporaryResidence(random) : undefined;
  const person: Draft = {
    index,
    pin: facts.pin ?? pinOf(index, facts.sex, facts.birthYear),
    status: 'active',
    fullName: name,
    ...(adult && random.chance(0.02) && { otherName: random.pick(['Tư', 'Út', 'Bảy', 'Cu Tý', 'Ba Lan']) }),
    dateOfBirth,
    sex: facts.sex,
    birthRegistrationPlace: day < mergerDay ? birthplace.before.province : birthplace.after.province,
    nativePlace: nativePlaceIn(birthplace),
    ethnicity: facts.naming.ethnicity,
    religion: random.weighted(religions),
    nationality: 'VN',
    ...(random.chance(0.4) && { bloodGroup: random.weighted(bloodGroups) }),
    ...(facts.birthYear <= 1998 && random.chance(0.8) && { oldIdentityNumber: `999${String(index).padStart(6, '0')}` }),
    permanent,
    ...(temporary !== undefined && { temporary }),
    current: temporary ?? currentResidence(home, permanent),
    maritalStatus: 'single',
    ...parentsOf(random, facts),
    householdCode: home.code,
    relation: facts.relation,
    ...(adult && random.chance(0.8) && { phone: `09000${String(index).padStart(5, '0')}` }),
    ...(adult && random.chance(0.3) && { email: `nguoi-dan-${index}@example.com` }),
    writing: 'as-registered',
  };
  if (dateOfBirth.precision === 'day') person.birth = birthOf(random, home, person, facts);
  if (!adult && facts.mother !== undefined) person.representative = refTo(facts.mother);
  people.push(person);
  return person;
}

const religions = [
  [80, 'Không'],
  [12, 'Phật giáo'],
  [6, 'Công giáo'],
  [2, 'Cao Đài'],
] as const;

const bloodGroups = [
  [42, 'O'],
  [31, 'B'],
  [21, 'A'],
  [6, 'AB'],
] as const;

function asExactAsKnown(random: Random, day: string): SamplePartialDate {
  if (yearOf(day) < 1975) {
    if (random.chance(yearOnlyShareOfOld)) return { value: day.slice(0, 4), precision: 'year' };
    if (random.chance(0.02)) return { value: day.slice(0, 7), precision: 'month' };
  }
  return { value: day, precision: 'day' };
}

/** AAA B CC DDDDDD; 7919 is prime to 900000, so that the last six digits look random and are unique. */
function pinOf(index: number, sex: 'male' | 'female', birthYear: number): string {
  const century = (birthYear >= 2000 ? 2 : 0) + (sex === 'female' ? 1 : 0);
  return `099${century}${String(birthYear % 100).padStart(2, '0')}${((index * 7919) % 900_000) + 100_000}`;
}

/** Old addresses stand in the codes of the day on which the database took them over; later ones in the codes of their own day. */
function permanentResidence(random: Random, home: Home, birthDay: string): SampleResidence {
  const joinedLate = !home.recoded && random.chance(0.03);
  const since = latest(home.since, birthDay, joinedLate ? '2025-09-15' : home.since);
  const takenOver = home.recoded ? mergerDay : '2021-07-01';
  return residence(addressIn(home.place, home.line, latest(since, takenOver), home.nth), since);
}

function temporaryResidence(random: Random): SampleResidence {
  const since = random.dayIn(random.between(2023, 2025));
  return residence(addressIn(randomPlace(random), randomLine(random), since, random.between(0, 5)), since);
}

/** The same house, in the codes of today. */
export function currentResidence(home: Home, permanent: SampleResidence): SampleResidence {
  const asOf = latest(permanent.address.asOf, mergerDay);
  return residence(addressIn(home.place, home.line, asOf, home.nth), permanent.since);
}

function parentsOf(random: Random, { father, mother, naming }: PersonFacts): Partial<Pick<Draft, 'father' | 'mother'>> {
  if (mother !== undefined) return { ...(father !== undefined && { father: refTo(father) }), mother: refTo(mother) };
  if (random.chance(0.3)) return {};
  return {
    father: { fullName: fullName(random, naming, 'male') },
    mother: { fullName: fullName(random, naming, 'female') },
  };
}

function birthOf(
  random: Random,
  home: Home,
  person: Draft,
  { father, mother, multiplicity, order }: PersonFacts,
): SampleBirth {
  const parent = random.chance(0.5) ? (father ?? mother) : (mother ?? father);
  return birthAct(random, home, {
    day: person.dateOfBirth.value,
    declarant: parent === undefined ? (person.mother ?? person.father ?? refTo(person)) : refTo(parent),
    multiplicity: multiplicity ?? 'single',
    order: order ?? 1,
  });
}
