/** The benefits that follow from people's circumstances; some are entitled but have not applied. */

import type { SamplePerson } from '../../sample-people/index.ts';
import { ageOn, ages, type BenefitCategory } from '../eligibility.ts';
import { circumstancesOf, type Situation } from './circumstances.ts';
import { birthday, dayBefore, firstDay, laterOf, yearOf } from './days.ts';
import { lot, lotBetween, lotDay } from './lots.ts';
import { type BenefitRow, type CircumstanceRow, sampleDay } from './rows.ts';

/** Standard amount a month since 1 July 2024, VND (Decree 76/2024/ND-CP). */
const standardVnd = 500_000;
/** Of all people, those who receive a benefit. */
const shareReceiving = 0.04;
/** Of those who could claim another benefit than the social pension, those who did. */
const shareApplied = 0.9;
/** First day of the social pension (Decree 176/2025/ND-CP). */
const socialPensionDay = '2025-07-01';

export interface Protection {
  readonly circumstances: readonly CircumstanceRow[];
  readonly benefits: readonly BenefitRow[];
}

/** The same number of benefits whatever the draws: who is entitled to the social pension fills up what the others leave. */
export function protectionRows(
  living: readonly SamplePerson[],
  situationOf: (person: SamplePerson) => Situation,
  peopleCount: number,
): Protection {
  const assessed = living.map((person) => assess(person, situationOf(person)));
  const claims = assessed.flatMap(({ person, claim }) => (claim === undefined ? [] : [{ person, claim }]));
  const others = claims.filter(
    ({ person, claim }) => claim.category !== 'elderly' && lot(person.pin, 'applied') < shareApplied,
  );
  const elderly = claims
    .filter(({ claim }) => claim.category === 'elderly')
    .sort((one, other) => lot(one.person.pin, 'social pension') - lot(other.person.pin, 'social pension'));
  const receiving = [...others, ...elderly].slice(0, Math.round(peopleCount * shareReceiving));
  return {
    circumstances: assessed.flatMap(({ circumstances }) => circumstances),
    benefits: receiving.map(({ person, claim }) => benefit(person, claim)),
  };
}

/** A benefit that ended with the person's death, as the registry learnt of it. */
export function endedByDeath(person: SamplePerson, deceasedOn: string): BenefitRow[] {
  const diedOn = firstDay(deceasedOn);
  const diedAt = ageOn(person.dateOfBirth.value, diedOn);
  if (diedAt < 80 || lot(person.pin, 'received before death') > 0.5) return [];
  const row = benefit(person, { category: 'elderly', coefficient: 1 });
  const fromDate = `${yearOf(diedOn) - 1}-07-01`;
  const decisionDate = `${yearOf(diedOn) - 1}-06-15`;
  return [{ ...row, decision_date: decisionDate, from_date: fromDate, to_date: diedOn, stop_reason: 'deceased' }];
}

interface Claim {
  readonly category: BenefitCategory;
  /** Decree 20/2021/ND-CP article 6. */
  readonly coefficient: number;
}

function assess(person: SamplePerson, situation: Situation) {
  const age = ageOn(person.dateOfBirth.value, sampleDay);
  const circumstances = circumstancesOf(person, age, situation);
  return { person, circumstances, claim: claimOf(age, situation, circumstances) };
}

/** The one claim of a person, the highest first: of several only one is paid. */
function claimOf(age: number, situation: Situation, circumstances: readonly CircumstanceRow[]) {
  const has = (kind: CircumstanceRow['kind']) => circumstances.find((row) => row.kind === kind);
  const claims: readonly [boolean, Claim][] = [
    [(has('disability')?.degree ?? 'mild') !== 'mild', disabled(age, has('disability')?.degree ?? 'mild')],
    [has('no-caregiver') !== undefined, { category: 'orphan', coefficient: age < 4 ? 2.5 : 1.5 }],
    [has('no-supporter') !== undefined, { category: 'poor-elderly', coefficient: age < 80 ? 1.5 : 2 }],
    [has('hiv') !== undefined && !situation.contributing, { category: 'hiv', coefficient: 1.5 }],
    [age >= ages.socialPension && !situation.pensioner, { category: 'elderly', coefficient: 1 }],
    [
      has('raising-child-alone') !== undefined && situation.poor,
      { category: 'single-parent', coefficient: situation.childrenCount },
    ],
  ];
  return claims.find(([entitled]) => entitled)?.[1];
}

function disabled(age: number, degree: string): Claim {
  const childOrElderly = age < ages.childBelow || age >= ages.elderly ? 0.5 : 0;
  return { category: 'disabled', coefficient: (degree === 'exceptionally-severe' ? 2 : 1.5) + childOrElderly };
}

function benefit(person: SamplePerson, { category, coefficient }: Claim): BenefitRow {
  const { pin, index } = person;
  const born = person.dateOfBirth.value;
  const year = Math.max(yearOf(born) + 2, lotBetween(pin, 'year of decision', 2016, 2025));
  const drawnFrom = `${lotDay(pin, 'benefit', year).slice(0, 7)}-01`;
  const from = category === 'elderly' ? laterOf(socialPensionDay, birthday(born, ages.socialPension)) : drawnFrom;
  return {
    decision_number: `${String(index).padStart(5, '0')}/QĐ-UBND`,
    decision_date: dayBefore(from),
    pin,
    category,
    coefficient,
    monthly_vnd: coefficient * standardVnd,
    from_date: from,
    to_date: category === 'orphan' ? dayBefore(birthday(born, ages.childBelow)) : null,
    stop_reason: category === 'orphan' ? 'age-limit' : null,
    commune_code: person.permanent.address.commune.code,
  };
}
