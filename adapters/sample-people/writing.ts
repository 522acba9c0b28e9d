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
  const movable = others.filter(({ fullName }) => withToneMoved(fullName) !== fullName);
  for (const person of spread(movable, people.length * 0.02)) person.writing = 'tone-variant';
  const marked = others.filter(
    ({ fullName, writing }) => writing === 'as-registered' && fullName !== fullName.normalize('NFD'),
  );
  for (const person of spread(marked, people.length * 0.03)) person.writing = 'nfd';
}

/** Both placements are correct in an open syllable of oa, oe or uy: Hòa and Hoà, Thúy and Thuý. */
const placements: readonly (readonly [onFirst: string, onSecond: string])[] = [
  ...zip(['òa', 'óa', 'ỏa', 'õa', 'ọa'], ['oà', 'oá', 'oả', 'oã', 'oạ']),
  ...zip(['òe', 'óe', 'ỏe', 'õe', 'ọe'], ['oè', 'oé', 'oẻ', 'oẽ', 'oẹ']),
  ...zip(['ùy', 'úy', 'ủy', 'ũy', 'ụy'], ['uỳ', 'uý', 'uỷ', 'uỹ', 'uỵ']),
];

function withToneMoved(name: string): string {
  return name
    .split(' ')
    .map((syllable) => {
      if (/^qu/iu.test(syllable)) return syllable;
      for (const [first, second] of placements) {
        if (syllable.endsWith(first)) return syllable.slice(0, -2) + second;
        if (syllable.endsWith(second)) return syllable.slice(0, -2) + first;
      }
      return syllable;
    })
    .join(' ');
}

function zip(first: readonly string[], second: readonly string[]): [string, string][] {
  return first.map((each, index) => [each, second[index] ?? each]);
}

function spread<T>(list: readonly T[], count: number): readonly T[] {
  return list.filter(
    (_, index) => Math.floor((index * count) / list.length) !== Math.floor(((index - 1) * count) / list.length),
  );
}
