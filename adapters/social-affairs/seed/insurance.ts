/** Social insurance by age and health cards by the group that a person falls into. */

import type { SamplePerson } from '../../sample-people/index.ts';
import { ageOn } from '../eligibility.ts';
import { birthday, firstDay, laterOf, yearOf } from './days.ts';
import { lot, lotBetween, lotDay } from './lots.ts';
import {
  type HealthCardRow,
  type MeritoriousRow,
  type PovertyRow,
  type SocialInsuranceRow,
  sampleDay,
} from './rows.ts';

/** What decides a person's card group besides age. */
export interface CardGrounds {
  readonly socialInsurance: SocialInsuranceRow['status'] | undefined;
  readonly merit: MeritoriousRow | undefined;
  readonly poverty: PovertyRow['class'] | undefined;
  readonly receivesBenefit: boolean;
}

/** Group → level of benefit, 1 to 5 (Decision 1351/QD-BHXH). */
const levels = {
  TE: 1,
  CC: 1,
  CK: 2,
  TS: 2,
  HN: 2,
  BT: 2,
  HT: 3,
  CN: 3,
  DN: 4,
  HS: 4,
  GD: 4,
} as const;

const workingAgeMin = 18;

export type CardGroup = keyof typeof levels;

/** 10 digits; real numbers open with the code of a province, these with 99. */
export function insuranceNumber(index: number): string {
  return `99${String(index + 1).padStart(8, '0')}`;
}

export function socialInsuranceRow(person: SamplePerson): SocialInsuranceRow | undefined {
  const { pin, index, dateOfBirth, sex } = person;
  const pensionAge = sex === 'female' ? 57 : 61;
  const age = ageOn(dateOfBirth.value, sampleDay);
  const status = statusOf(pin, age, pensionAge);
  if (status === undefined) return undefined;
  const workedFrom = yearOf(dateOfBirth.value) + workingAgeMin;
  const drawnSince = lotDay(pin, 'insured', lotBetween(pin, 'year of insurance', Math.max(1995, workedFrom), 2025));
  const since = status === 'pensioner' ? birthday(dateOfBirth.value, pensionAge) : drawnSince;
  return { pin, number: insuranceNumber(index), status, since_date: since };
}

function statusOf(pin: string, age: number, pensionAge: number): SocialInsuranceRow['status'] | undefined {
  const drawn = lot(pin, 'social insurance');
  if (age <= workingAgeMin) return undefined;
  if (age >= pensionAge) return drawn < 0.6 ? 'pensioner' : undefined;
  if (drawn < 0.5) return 'contributing';
  return drawn < 0.65 ? 'paused' : undefined;
}

/** Most people have a card; who falls into no group joins by household or has none. */
export function healthCardRow(person: SamplePerson, grounds: CardGrounds): HealthCardRow | undefined {
  const group = groupOf(person, grounds);
  if (group === undefined) return undefined;
  const expired = group === 'GD' && lot(person.pin, 'expired') < 0.1;
  const validity = group === 'TE' ? childValidity(person) : expired ? pastValidity : presentValidity;
  return healthCard(person, group, validity, lot(person.pin, 'suspended') < 0.005);
}

export interface Validity {
  readonly valid_from: string;
  readonly valid_to: string;
}

/** Long enough for the sample not to run out soon. */
export const presentValidity: Validity = { valid_from: '2026-01-01', valid_to: '2027-12-31' };
export const pastValidity: Validity = { valid_from: '2025-01-01', valid_to: '2025-12-31' };

export function healthCard(
  person: SamplePerson,
  group: CardGroup,
  validity: Validity,
  suspended = false,
): HealthCardRow {
  const { province, commune } = person.permanent.address;
  return {
    pin: person.pin,
    card_number: `${group}${levels[group]}${province.code}${insuranceNumber(person.index)}`,
    card_group: group,
    benefit_level: levels[group],
    ...validity,
    facility: `Trạm Y tế ${commune.name}`,
    suspended: suspended ? 1 : 0,
  };
}

function groupOf(person: SamplePerson, grounds: CardGrounds): CardGroup | undefined {
  const { merit, socialInsurance, poverty } = grounds;
  const age = ageOn(person.dateOfBirth.value, sampleDay);
  if (childValidity(person).valid_to >= sampleDay) return 'TE';
  if (merit !== undefined) return meritGroup(merit);
  if (socialInsurance === 'contributing') return 'DN';
  if (socialInsurance === 'pensioner') return 'HT';
  if (poverty === 'poor') return 'HN';
  if (grounds.receivesBenefit) return 'BT';
  if (poverty === 'near-poor') return 'CN';
  if (age < 18) return 'HS';
  return lot(person.pin, 'household card') < 0.8 ? 'GD' : undefined;
}

function meritGroup({ type, degree_percent }: MeritoriousRow): CardGroup {
  if (type === 'martyr-relative') return 'TS';
  return type === 'wounded-soldier' && (degree_percent ?? 0) >= 81 ? 'CC' : 'CK';
}

/** Until the sixth birthday, or 30 September of its year where school begins later (Law on Health Insurance, article 16). */
function childValidity({ dateOfBirth }: SamplePerson): Validity {
  const born = firstDay(dateOfBirth.value);
  return { valid_from: laterOf(born, '2009-07-01'), valid_to: laterOf(birthday(born, 6), `${yearOf(born) + 6}-09-30`) };
}
