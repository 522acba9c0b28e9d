/** Messages of pushes about sample people, each about other ones, so that no test's effect is in another one's way. */

import { type SamplePerson, samplePopulation } from '../../adapters/sample-people/index.ts';

const registrar = 'Ủy ban nhân dân phường Hoàn Kiếm, thành phố Hà Nội';
const declaredOn = '2026-11-18';
export const unknownPin = '099199999999';

const yearOf = ({ dateOfBirth }: SamplePerson) => Number(dateOfBirth.value.slice(0, 4));
const { people, byPin } = samplePopulation();
/** No birth of today's tests is close to one that they have had. */
const mothersOfLate = new Set(people.filter((child) => yearOf(child) >= 2018).map(({ mother }) => mother?.pin));

export interface NamedPerson {
  readonly pin: string;
  readonly fullName: string;
}

export interface SampleMessages {
  /** Somebody living whom nobody was given before. */
  person(fits?: (person: SamplePerson) => boolean): SamplePerson;
  /** Somebody dead, likewise. */
  deceased(fits?: (person: SamplePerson) => boolean): SamplePerson;
  birth(changes?: object): Record<string, unknown> & { mother: NamedPerson; child: { fullName: string } };
  death(deceased?: NamedPerson, changes?: object): Record<string, unknown> & { deceased: NamedPerson };
  marriage(
    husband?: NamedPerson,
    wife?: NamedPerson,
  ): { husband: NamedPerson; wife: NamedPerson; [member: string]: unknown };
  correction<Value>(
    person: SamplePerson,
    field: string,
    oldValue: unknown,
    newValue: Value,
  ): { pin: string; newValue: Value; [member: string]: unknown };
}

export const named = ({ pin, fullName }: NamedPerson): NamedPerson => ({ pin, fullName });

/** Free to marry, of an age to be a parent. */
export const isFree = (sex: 'male' | 'female') => (person: SamplePerson) =>
  person.sex === sex &&
  (person.maritalStatus === 'single' || person.maritalStatus === 'divorced') &&
  yearOf(person) > 1970 &&
  yearOf(person) < 2002;

export const isMarried = (sex: 'male' | 'female') => (person: SamplePerson) =>
  person.sex === sex && person.maritalStatus === 'married' && person.spouse?.pin !== undefined && yearOf(person) > 1960;

export function personOf(pin: string): SamplePerson {
  const person = byPin.get(pin);
  if (person === undefined) throw new Error('not in the sample');
  return person;
}

/** `skip` leaves out the cast and those whom another test process about the same registry uses. */
export function createSampleMessages(skip = 20): SampleMessages {
  const given = new Set<string>();
  let serial = 0;

  const pick = (fits: (person: SamplePerson) => boolean) => {
    const found = people.find((one) => one.index >= skip && !given.has(one.pin) && fits(one));
    if (found === undefined) throw new Error('the sample has nobody left who fits');
    for (const pin of [found.pin, found.spouse?.pin]) if (pin !== undefined) given.add(pin);
    return found;
  };
  const person: SampleMessages['person'] = (fits = () => true) => pick((one) => one.status === 'active' && fits(one));

  return {
    person,
    deceased: (fits = () => true) => pick((one) => one.status === 'deceased' && fits(one)),
    birth(changes = {}) {
      serial += 1;
      const mother = named(person((one) => isMarried('female')(one) && !mothersOfLate.has(one.pin)));
      return {
        child: {
          fullName: `Trần Gia Hân ${letters(serial)}`,
          dateOfBirth: { value: '2026-11-02', precision: 'day' },
          sex: 'female',
          placeOfBirth: 'Bệnh viện Phụ sản Hà Nội',
        },
        mother,
        declarant: mother,
        notificationNumber: `2026/${serial}`,
        multiplicity: 'single',
        order: 1,
        birthRegistrationPlace: { code: '01', name: 'Thành phố Hà Nội' },
        registrar,
        declaredOn,
        ...changes,
      };
    },
    death(deceased = named(person((one) => yearOf(one) < 1960)), changes = {}) {
      return {
        deceased,
        dateOfDeath: { value: '2026-11-15', precision: 'day' },
        placeOfDeath: 'Tại nhà',
        noticeNumber: '112/2026',
        declarant: { fullName: 'Nguyễn Văn Bình' },
        registrar,
        declaredOn,
        ...changes,
      };
    },
    marriage(husband = named(person(isFree('male'))), wife = named(person(isFree('female')))) {
      return { husband, wife, registrar, declaredOn };
    },
    correction: ({ pin }, field, oldValue, newValue) => ({
      pin,
      field,
      oldValue,
      newValue,
      decision: { number: '205/QĐ-UBND', date: '2026-11-10' },
      registrar,
    }),
  };
}

/** A number as letters, since names have no digits. */
function letters(serial: number): string {
  return String(serial).replace(/\d/g, (digit) => String.fromCharCode(65 + Number(digit)));
}
