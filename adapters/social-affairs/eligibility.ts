/** The conditions of the monthly social-protection benefits, as one table without a clock or a database, so that an official can read what is decided. */

import { type Reason, reasons } from './reasons.ts';

export type BenefitCategory = 'elderly' | 'disabled' | 'orphan' | 'single-parent' | 'hiv' | 'poor-elderly';

/** What a commune has certified about a person; any degree of disability below severe gives no benefit. */
export type Circumstance = 'severe-disability' | 'no-caregiver' | 'raising-child-alone' | 'hiv' | 'no-supporter';

/** What the registry knows about a person on the day of the assessment. */
export interface PersonFacts {
  /** As exact as it is known: `1965`, `1965-07` or `1965-07-19`. */
  readonly dateOfBirth: string;
  /** Absent where this registry has not been told of a death. */
  readonly deceasedOn?: string;
  readonly socialInsurance?: 'contributing' | 'paused' | 'pensioner';
  /** Class of the household in the latest yearly review. */
  readonly poverty?: 'poor' | 'near-poor';
  readonly circumstances: ReadonlySet<Circumstance>;
  /** Categories of the benefits that are being paid or about to be. */
  readonly receiving: ReadonlySet<BenefitCategory>;
}

export interface Assessment {
  readonly eligible: boolean;
  /** Where eligible, the conditions that are met; where not, those that are not. */
  readonly reasons: readonly Reason[];
}

/** Years of age in whole, the day a person becomes entitled or is no longer a child. */
export const ages = { socialPension: 75, socialPensionOfPoor: 70, elderly: 60, childBelow: 16 } as const;

/**
 * Decree 20/2021/ND-CP articles 5 and 6, and for `elderly` the social pension of the Law on Social Insurance 2024
 * article 21 (Decree 176/2025/ND-CP). `today` is YYYY-MM-DD in Viet Nam.
 */
export function assessEligibility(category: BenefitCategory, facts: PersonFacts, today: string): Assessment {
  const age = ageOn(facts.dateOfBirth, today);
  const findings = [...commonConditions(category, facts), ...conditions[category](facts, age)];
  const unmet = findings.filter((finding) => !finding.met);
  if (unmet.length > 0) return { eligible: false, reasons: unmet.map((finding) => finding.whenNot) };
  const met = findings.flatMap((finding) => (finding.whenMet === undefined ? [] : [finding.whenMet]));
  const receivesAnother = facts.receiving.size > 0 ? [reasons.receivesAnother] : [];
  return { eligible: true, reasons: [...met, ...receivesAnother] };
}

/**
 * Whole years of age. Of an unknown day or month the first counts (Decree 158/2025/ND-CP article 12); a person born on
 * 29 February comes of age on 1 March of a year that has no such day.
 */
export function ageOn(dateOfBirth: string, today: string): number {
  const born = `${dateOfBirth}-01-01`.slice(0, 10);
  const years = Number(today.slice(0, 4)) - Number(born.slice(0, 4));
  return today.slice(5) < born.slice(5) ? years - 1 : years;
}

interface Finding {
  readonly met: boolean;
  /** Said where the condition is met; nothing where that goes without saying. */
  readonly whenMet?: Reason;
  readonly whenNot: Reason;
}

function commonConditions(category: BenefitCategory, facts: PersonFacts): Finding[] {
  return [
    { met: facts.deceasedOn === undefined, whenNot: reasons.deceased },
    { met: !facts.receiving.has(category), whenNot: reasons.alreadyReceiving },
  ];
}

const conditions: Readonly<Record<BenefitCategory, (facts: PersonFacts, age: number) => Finding[]>> = {
  elderly: (facts, age) => [
    facts.poverty === undefined
      ? atLeast(age, ages.socialPension)
      : { ...atLeast(age, ages.socialPensionOfPoor), whenMet: reasons.oldAndPoor(ages.socialPensionOfPoor) },
    { met: facts.socialInsurance !== 'pensioner', whenMet: reasons.noPension, whenNot: reasons.pension },
  ],
  'poor-elderly': (facts, age) => [
    atLeast(age, ages.elderly),
    poor(facts),
    certified(facts, 'no-supporter', reasons.noSupporter, reasons.supporter),
  ],
  disabled: (facts) => [certified(facts, 'severe-disability', reasons.severeDisability, reasons.noSevereDisability)],
  orphan: (facts, age) => [
    { met: age < ages.childBelow, whenMet: reasons.child(ages.childBelow), whenNot: reasons.notChild(ages.childBelow) },
    certified(facts, 'no-caregiver', reasons.noCaregiver, reasons.caregiver),
  ],
  'single-parent': (facts) => [
    poor(facts),
    certified(facts, 'raising-child-alone', reasons.raisingChildAlone, reasons.notRaisingChildAlone),
  ],
  hiv: (facts) => [
    poor(facts),
    certified(facts, 'hiv', reasons.hiv, reasons.noHiv),
    {
      met: facts.socialInsurance !== 'pensioner' && facts.socialInsurance !== 'contributing',
      whenMet: reasons.noIncome,
      whenNot: reasons.income,
    },
  ],
};

function atLeast(age: number, years: number): Finding {
  return { met: age >= years, whenMet: reasons.oldEnough(years), whenNot: reasons.tooYoung(years) };
}

function poor(facts: PersonFacts): Finding {
  return { met: facts.poverty === 'poor', whenMet: reasons.poor, whenNot: reasons.notPoor };
}

function certified(facts: PersonFacts, circumstance: Circumstance, whenMet: Reason, whenNot: Reason): Finding {
  return { met: facts.circumstances.has(circumstance), whenMet, whenNot };
}
