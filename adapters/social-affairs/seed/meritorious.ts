/** Persons with merit and their relatives, old enough to have been one. */

import type { SamplePerson } from '../../sample-people/index.ts';
import { ageOn } from '../eligibility.ts';
import { lot, lotBetween, lotDay, lotOf } from './lots.ts';
import { type MeritoriousRow, sampleDay } from './rows.ts';

/** Of all people. */
const shareOfAll = 0.015;
const ageMin = 50;

interface Kind {
  readonly type: MeritoriousRow['type'];
  /** Letters that open the file number. */
  readonly letters: string;
  readonly ageMin: number;
  /** Loss of capacity, percent; absent where the recognition rests on none. */
  readonly degree?: { readonly least: number; readonly most: number };
}

const kinds: readonly [Kind, ...Kind[]] = [
  { type: 'martyr-relative', letters: 'LS', ageMin },
  { type: 'wounded-soldier', letters: 'TB', ageMin, degree: { least: 21, most: 90 } },
  { type: 'sick-soldier', letters: 'BB', ageMin: 55, degree: { least: 61, most: 80 } },
  { type: 'chemical-victim', letters: 'HH', ageMin, degree: { least: 21, most: 80 } },
  { type: 'resistance-contributor', letters: 'KC', ageMin: 68 },
];

/** The same number of people whatever the draws: the first of all those who are old enough, in the order of their lots. */
export function meritoriousRows(living: readonly SamplePerson[], peopleCount: number): MeritoriousRow[] {
  return living
    .filter((person) => ageOn(person.dateOfBirth.value, sampleDay) >= ageMin)
    .map((person) => ({ person, lot: lot(person.pin, 'merit') }))
    .sort((one, other) => one.lot - other.lot)
    .slice(0, Math.round(peopleCount * shareOfAll))
    .map(({ person }) => meritoriousRow(person));
}

function meritoriousRow({ pin, dateOfBirth, index }: SamplePerson): MeritoriousRow {
  const drawn = lotOf(pin, 'kind of merit', kinds);
  const kind = ageOn(dateOfBirth.value, sampleDay) >= drawn.ageMin ? drawn : kinds[0];
  return {
    pin,
    type: kind.type,
    file_number: `${kind.letters}-${String(index).padStart(6, '0')}`,
    degree_percent: kind.degree ? lotBetween(pin, 'degree of merit', kind.degree.least, kind.degree.most) : null,
    since_date: lotDay(pin, 'recognition', lotBetween(pin, 'year of recognition', 1995, 2015)),
  };
}
