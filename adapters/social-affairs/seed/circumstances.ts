/** What the communes of the sample certified about people: the grounds of their benefits. */

import type { SamplePerson } from '../../sample-people/index.ts';
import { ages } from '../eligibility.ts';
import { yearOf } from './days.ts';
import { lot, lotDay } from './lots.ts';
import type { CircumstanceRow } from './rows.ts';

/** What the other tables say about a person. */
export interface Situation {
  readonly pensioner: boolean;
  readonly contributing: boolean;
  readonly poor: boolean;
  /** Children below 16 in the sample whose mother or father the person is. */
  readonly childrenCount: number;
}

/** Age below which the sample certifies nothing, so that a certificate and then a decision have time. */
const certifiedAgeMin = 3;

/** Each at the earliest in the year after birth. */
export function circumstancesOf(
  { pin, index, dateOfBirth, maritalStatus }: SamplePerson,
  age: number,
  situation: Situation,
) {
  const drawn: [CircumstanceRow['kind'], CircumstanceRow['degree'], boolean][] = [
    ['disability', degreeOf(pin), age >= certifiedAgeMin && lot(pin, 'disability') < 0.02],
    ['no-caregiver', null, age >= certifiedAgeMin && age < ages.childBelow && lot(pin, 'no caregiver') < 0.006],
    ['raising-child-alone', null, situation.childrenCount > 0 && isLone(maritalStatus)],
    ['hiv', null, age >= 18 && age < 60 && situation.poor && lot(pin, 'hiv') < 0.04],
    ['no-supporter', null, age >= ages.elderly && situation.poor && lot(pin, 'no supporter') < 0.3],
  ];
  return drawn
    .filter(([, , certified]) => certified)
    .map(([kind, degree]): CircumstanceRow => {
      const certifiedOn = lotDay(pin, kind, Math.max(2015, yearOf(dateOfBirth.value) + 1));
      const certificate = `${String(index).padStart(5, '0')}/GXN-${certifiedOn.slice(0, 4)}`;
      return { pin, kind, degree, certificate_number: certificate, certified_on: certifiedOn, ended_on: null };
    });
}

/** A widow or widower, a divorced or an unmarried parent. */
export function isLone(maritalStatus: SamplePerson['maritalStatus']): boolean {
  return maritalStatus === 'single' || maritalStatus === 'divorced' || maritalStatus === 'widowed';
}

function degreeOf(pin: string): 'mild' | 'severe' | 'exceptionally-severe' {
  const drawn = lot(pin, 'degree of disability');
  if (drawn < 0.4) return 'mild';
  return drawn < 0.85 ? 'severe' : 'exceptionally-severe';
}
