/** Couples and their children, the core of most households. */

import { marry } from './households.ts';
import { familyNaming, type Naming } from './names.ts';
import { addPerson, type Book, type Draft, type Home } from './person.ts';
import { yearOf } from './random.ts';
import type { SampleBirth, SampleMarriage } from './types.ts';

/** The sample is a snapshot of 1 January 2026. */
export const lastYear = 2025;

export interface Couple {
  readonly husband: Draft;
  readonly wife: Draft;
  /** Of the marriage. */
  readonly day: string;
  readonly marriage: SampleMarriage;
}

export interface HusbandsFamily {
  readonly father: Draft;
  readonly mother: Draft;
  readonly naming: Naming;
}

export function newCouple(book: Book, home: Home, bornIn?: number, family?: HusbandsFamily): Couple {
  const { random } = book;
  const birthYear = bornIn ?? random.between(1945, 1999);
  const naming = family?.naming ?? familyNaming(random);
  const husband = addPerson(book, home, { sex: 'male', birthYear, relation: 'head', ...family, naming });
  const wife = addPerson(book, home, {
    sex: 'female',
    birthYear: birthYear + random.between(-3, 5),
    naming: naming.ethnicity === 'Kinh' ? familyNaming(random) : naming,
    relation: 'spouse',
  });
  const youngest = Math.max(yearOf(wife.dateOfBirth.value) + 18, birthYear + 20);
  const day = random.dayIn(Math.min(youngest + random.between(1, 7), lastYear));
  return { husband, wife, day, marriage: marry(book, home, husband, wife, day) };
}

/** Children at home, oldest first: none who would have left by now. */
export function addChildren(book: Book, home: Home, father: Draft, mother: Draft, marriedIn: number): readonly Draft[] {
  const { random } = book;
  const naming = { ethnicity: father.ethnicity, surname: surnameOf(father) };
  const children: Draft[] = [];
  let year = marriedIn + random.between(1, 2);
  const births = random.weighted([
    [10, 0],
    [30, 1],
    [45, 2],
    [15, 3],
  ]);
  for (let nth = 0; nth < births && year <= lastYear && year <= yearOf(mother.dateOfBirth.value) + 44; nth++) {
    const born = bornTogether(random.next());
    const day = random.dayIn(year);
    for (let order = 1; year >= 1990 && order <= born.count; order++) {
      const child = {
        sex: random.pick(['male', 'female'] as const),
        birthYear: year,
        naming,
        relation: 'child' as const,
      };
      const together = { multiplicity: born.multiplicity, order: order as SampleBirth['order'] };
      children.push(addPerson(book, home, { ...child, ...together, birthDay: day, father, mother }));
    }
    year += random.between(2, 6);
  }
  return children;
}

function bornTogether(chance: number): { multiplicity: SampleBirth['multiplicity']; count: number } {
  if (chance < 0.0004) return { multiplicity: 'triplet', count: 3 };
  if (chance < 0.012) return { multiplicity: 'twin', count: 2 };
  return { multiplicity: 'single', count: 1 };
}

/** Minority surnames may be of two words: all but the given name, which such names end in. */
function surnameOf({ ethnicity, fullName }: Draft): string {
  const words = fullName.split(' ');
  return ethnicity === 'Gia Rai' ? words.slice(0, -1).join(' ') : (words[0] ?? fullName);
}
