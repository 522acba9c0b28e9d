/** Derives every row of the sample registry from the sample population, the same rows each time. */

import { castPins, type SamplePerson, type SamplePopulation } from '../../sample-people/index.ts';
import { ageOn, ages } from '../eligibility.ts';
import { endedByDeath, protectionRows } from './benefits.ts';
import { castRows } from './cast.ts';
import { isLone } from './circumstances.ts';
import { healthCardRow, socialInsuranceRow } from './insurance.ts';
import { meritoriousRows } from './meritorious.ts';
import { povertyRows } from './poverty.ts';
import { type PersonRow, type PovertyRow, type SampleRows, sampleDay } from './rows.ts';

export function sampleRows(population: SamplePopulation): SampleRows {
  const { people } = population;
  const ofCast = new Set<string>(Object.values(castPins));
  const byHand = castRows(population);
  const others = people.filter(({ pin }) => !ofCast.has(pin));
  const living = others.filter(({ status }) => status === 'active' || status === 'missing');
  const childrenCounts = countChildren(people);
  const loneParents = living.filter(({ pin, maritalStatus }) => childrenCounts.has(pin) && isLone(maritalStatus));
  const poverty = povertyRows(population.households, new Set(loneParents.map(({ householdCode }) => householdCode)));
  const povertyOf = latestClass(poverty);
  const insurance = living.map(socialInsuranceRow).filter((row) => row !== undefined);
  const statusOf = new Map(insurance.map((row) => [row.pin, row.status]));
  const merits = meritoriousRows(living, people.length);
  const meritOf = new Map(merits.map((row) => [row.pin, row]));
  const situationOf = (person: SamplePerson) => ({
    pensioner: statusOf.get(person.pin) === 'pensioner',
    contributing: statusOf.get(person.pin) === 'contributing',
    poor: povertyOf.get(person.householdCode) === 'poor',
    childrenCount: childrenCounts.get(person.pin) ?? 0,
  });
  const { circumstances, benefits } = protectionRows(living, situationOf, people.length);
  const receiving = new Set(benefits.map(({ pin }) => pin));
  const cards = living.map((person) =>
    healthCardRow(person, {
      socialInsurance: statusOf.get(person.pin),
      merit: meritOf.get(person.pin),
      poverty: povertyOf.get(person.householdCode),
      receivesBenefit: receiving.has(person.pin),
    }),
  );
  const ended = others.flatMap((person) => (person.death ? endedByDeath(person, person.death.date.value) : []));
  return {
    person: people.map(personRow),
    circumstance: [...byHand.circumstance, ...circumstances],
    benefit: [...byHand.benefit, ...benefits, ...ended],
    meritorious_person: [...byHand.meritorious_person, ...merits],
    household_poverty: [...byHand.household_poverty, ...poverty],
    social_insurance: [...byHand.social_insurance, ...insurance],
    health_card: [...byHand.health_card, ...cards.filter((row) => row !== undefined)],
  };
}

/** Nobody told this registry of the death of the cast's deceased. */
function personRow({ pin, fullName, dateOfBirth, householdCode, death }: SamplePerson): PersonRow {
  const knownDeath = pin === castPins.sau ? undefined : death?.date.value;
  return {
    pin,
    full_name: fullName,
    date_of_birth: dateOfBirth.value,
    household_code: householdCode,
    deceased_on: knownDeath ?? null,
  };
}

function latestClass(rows: readonly PovertyRow[]): ReadonlyMap<string, PovertyRow['class']> {
  const latestYear = Math.max(...rows.map((row) => row.review_year));
  return new Map(rows.filter((row) => row.review_year === latestYear).map((row) => [row.household_code, row.class]));
}

function countChildren(people: readonly SamplePerson[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const child of people) {
    if (ageOn(child.dateOfBirth.value, sampleDay) >= ages.childBelow) continue;
    for (const parent of [child.mother?.pin, child.father?.pin]) {
      if (parent !== undefined) counts.set(parent, (counts.get(parent) ?? 0) + 1);
    }
  }
  return counts;
}
