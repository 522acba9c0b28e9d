/** How callers write names: some in decomposed letters, some with the tone mark on the other vowel. */

import type { Draft } from './person.ts';
import type { SamplePerson } from './types.ts';

/** The full name as this person's callers send it: as registered, in NFD, or with the other tone-mark placement. */
export function asCallerWrites({ fullName, writing }: SamplePerson): string {
  if (writing === 'nfd') return fullName.normalize('NFD');
  if (writing === 'tone-variant') return withToneMoved(fullName);
  return fullName;
}

/** Chooses, evenly over the population, whose names callers write otherwise: 3 % NFD, 2 % tone-mark variants. */
export function chooseWriting(people: readonly Draft[], firstIndex: number): void {
  const others = people.slice(firstIndex);
  const twofold = others.filter(({ fullName }) => withToneMoved(fullName) !== fullName);
  for (const person of spread(twofold, people.length * 0.02)) person.writing = 'tone-variant';
  const marked = others.filter(
    ({ fullName, writing }) => writing === 'as-registered' && fullName !== fullName.normalize('NFD'),
  );
  for (const person of spread(marked, people.length * 0.03)) person.writing = 'nfd';
}

/** Both placements are correct in an open syllable of oa, oe or uy: Hòa and Hoà, Thúy and Thuý. */
const onFirst = 'òa óa ỏa õa ọa òe óe ỏe õe ọe ùy úy ủy ũy ụy'.split(' ');
const onSecond = 'oà oá oả oã oạ oè oé oẻ oẽ oẹ uỳ uý uỷ uỹ uỵ'.split(' ');
const other = new Map(
  [...onFirst, ...onSecond].map((rhyme, index, { length }) => [rhyme, [...onSecond, ...onFirst][index % length]]),
);

/** After q, the u belongs to the consonant: quý has one placement only. */
const movable = new RegExp(`(?<![qQ])(?:${[...other.keys()].join('|')})(?= |$)`, 'gu');

function withToneMoved(name: string): string {
  return name.replace(movable, (rhyme) => other.get(rhyme) ?? rhyme);
}

function spread<T>(list: readonly T[], count: number): readonly T[] {
  return list.filter(
    (_, index) => Math.floor((index * count) / list.length) !== Math.floor(((index - 1) * count) / list.length),
  );
}
