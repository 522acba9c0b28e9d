/** The 20,000 synthetic people whom all sample registries share; only seeds and tests import this folder. */

import { addCast, castPins } from './cast.ts';
import { addFamily, addSingle, familySizeMax } from './families.ts';
import type { Book } from './person.ts';
import { createRandom } from './random.ts';
import type { SamplePopulation } from './types.ts';
import { asCallerWrites, chooseWriting } from './writing.ts';

export type * from './types.ts';
export { asCallerWrites, castPins };

/** Changes with the people: databases that hold another version are filled anew. */
export const sampleVersion = 'people-1';

const size = 20_000;
const seed = 20_250_701;

/** The same population on every call: a snapshot of 1 January 2026, in some tens of milliseconds. */
export function samplePopulation(): SamplePopulation {
  const book: Book = { random: createRandom(seed), people: [], marriages: [], households: [] };
  addCast(book);
  const castSize = book.people.length;
  while (book.people.length < size - familySizeMax) addFamily(book);
  while (book.people.length < size) addSingle(book);
  chooseWriting(book.people, castSize);
  return {
    people: book.people,
    marriages: book.marriages.sort(
      (a, b) => Number(a.registration.date > b.registration.date) - Number(a.registration.date < b.registration.date),
    ),
    households: book.households,
    byPin: new Map(book.people.map((person) => [person.pin, person])),
  };
}
