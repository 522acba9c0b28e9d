/** The rules of the benefits, case by case. */

import t from 'tap';
import {
  ageOn,
  assessEligibility,
  type BenefitCategory,
  type Circumstance,
  type PersonFacts,
} from '../../../adapters/social-affairs/eligibility.ts';

const today = '2026-10-01';

interface Case {
  readonly claim: string;
  readonly category: BenefitCategory;
  readonly facts: Partial<Omit<PersonFacts, 'circumstances' | 'receiving'>>;
  readonly circumstances?: readonly Circumstance[];
  readonly receiving?: readonly BenefitCategory[];
  readonly eligible: boolean;
  /** Codes of the reasons, in order. */
  readonly reasons: readonly string[];
}

const cases: readonly Case[] = [
  {
    claim: 'who turns 75 today gets the social pension',
    category: 'elderly',
    facts: { dateOfBirth: '1951-10-01' },
    eligible: true,
    reasons: ['age-reached', 'no-pension'],
  },
  {
    claim: 'who turns 75 tomorrow waits',
    category: 'elderly',
    facts: { dateOfBirth: '1951-10-02' },
    eligible: false,
    reasons: ['age-not-reached'],
  },
  {
    claim: 'a year of birth counts from its first day',
    category: 'elderly',
    facts: { dateOfBirth: '1951' },
    eligible: true,
    reasons: ['age-reached', 'no-pension'],
  },
  {
    claim: 'a month of birth counts from its first day',
    category: 'elderly',
    facts: { dateOfBirth: '1951-10' },
    eligible: true,
    reasons: ['age-reached', 'no-pension'],
  },
  {
    claim: 'a later month of birth is not reached yet',
    category: 'elderly',
    facts: { dateOfBirth: '1951-11' },
    eligible: false,
    reasons: ['age-not-reached'],
  },
  {
    claim: 'in a near-poor household 70 years are enough',
    category: 'elderly',
    facts: { dateOfBirth: '1956-10-01', poverty: 'near-poor' },
    eligible: true,
    reasons: ['age-reached-in-poor-household', 'no-pension'],
  },
  {
    claim: 'in a poor household 69 years are not enough',
    category: 'elderly',
    facts: { dateOfBirth: '1956-10-02', poverty: 'poor' },
    eligible: false,
    reasons: ['age-not-reached'],
  },
  {
    claim: 'a pensioner gets no social pension',
    category: 'elderly',
    facts: { dateOfBirth: '1940-01-01', socialInsurance: 'pensioner' },
    eligible: false,
    reasons: ['pension'],
  },
  {
    claim: 'every reason against is named',
    category: 'elderly',
    facts: { dateOfBirth: '1960-01-01', socialInsurance: 'pensioner', deceasedOn: '2025' },
    receiving: ['elderly'],
    eligible: false,
    reasons: ['deceased', 'already-receiving', 'age-not-reached', 'pension'],
  },
  {
    claim: 'a poor person of 60 without a supporter is entitled',
    category: 'poor-elderly',
    facts: { dateOfBirth: '1966-10-01', poverty: 'poor' },
    circumstances: ['no-supporter'],
    eligible: true,
    reasons: ['age-reached', 'poor-household', 'no-supporter'],
  },
  {
    claim: 'near-poor is not poor, and a supporter must be ruled out',
    category: 'poor-elderly',
    facts: { dateOfBirth: '1966-10-01', poverty: 'near-poor' },
    eligible: false,
    reasons: ['not-poor-household', 'supporter-not-ruled-out'],
  },
  {
    claim: 'a severe disability entitles at any age',
    category: 'disabled',
    facts: { dateOfBirth: '2020-01-01' },
    circumstances: ['severe-disability'],
    eligible: true,
    reasons: ['severe-disability'],
  },
  {
    claim: 'no certificate, no benefit for disability',
    category: 'disabled',
    facts: { dateOfBirth: '1990-01-01' },
    eligible: false,
    reasons: ['no-severe-disability'],
  },
  {
    claim: 'nobody receives the same benefit twice',
    category: 'disabled',
    facts: { dateOfBirth: '1965' },
    circumstances: ['severe-disability'],
    receiving: ['disabled'],
    eligible: false,
    reasons: ['already-receiving'],
  },
  {
    claim: 'another benefit does not exclude, but is pointed out',
    category: 'disabled',
    facts: { dateOfBirth: '1950-01-01' },
    circumstances: ['severe-disability'],
    receiving: ['elderly'],
    eligible: true,
    reasons: ['severe-disability', 'receives-another-benefit'],
  },
  {
    claim: 'a death that the registry knows ends every claim',
    category: 'disabled',
    facts: { dateOfBirth: '1965', deceasedOn: '2024-11-03' },
    circumstances: ['severe-disability'],
    eligible: false,
    reasons: ['deceased'],
  },
  {
    claim: 'a child without a caregiver is entitled until the day before 16',
    category: 'orphan',
    facts: { dateOfBirth: '2010-10-02' },
    circumstances: ['no-caregiver'],
    eligible: true,
    reasons: ['child', 'no-caregiver'],
  },
  {
    claim: 'at 16 a child is none',
    category: 'orphan',
    facts: { dateOfBirth: '2010-10-01' },
    circumstances: ['no-caregiver'],
    eligible: false,
    reasons: ['not-child'],
  },
  {
    claim: 'a child with a caregiver is not entitled',
    category: 'orphan',
    facts: { dateOfBirth: '2016-08-01' },
    eligible: false,
    reasons: ['caregiver-not-ruled-out'],
  },
  {
    claim: 'a poor parent alone is entitled',
    category: 'single-parent',
    facts: { dateOfBirth: '1990-05-17', poverty: 'poor' },
    circumstances: ['raising-child-alone'],
    eligible: true,
    reasons: ['poor-household', 'raising-child-alone'],
  },
  {
    claim: 'neither poor nor alone is two reasons against',
    category: 'single-parent',
    facts: { dateOfBirth: '1990-05-17' },
    eligible: false,
    reasons: ['not-poor-household', 'not-raising-child-alone'],
  },
  {
    claim: 'a poor person with the certified condition and no income is entitled',
    category: 'hiv',
    facts: { dateOfBirth: '1990-01-01', poverty: 'poor', socialInsurance: 'paused' },
    circumstances: ['hiv'],
    eligible: true,
    reasons: ['poor-household', 'hiv-certified', 'no-stable-income'],
  },
  {
    claim: 'who pays contributions has an income',
    category: 'hiv',
    facts: { dateOfBirth: '1990-01-01', poverty: 'poor', socialInsurance: 'contributing' },
    circumstances: ['hiv'],
    eligible: false,
    reasons: ['stable-income'],
  },
  {
    claim: 'a pension is an income',
    category: 'hiv',
    facts: { dateOfBirth: '1960-01-01', poverty: 'poor', socialInsurance: 'pensioner' },
    circumstances: ['hiv'],
    eligible: false,
    reasons: ['stable-income'],
  },
  {
    claim: 'without a certificate and poverty there are two reasons against',
    category: 'hiv',
    facts: { dateOfBirth: '1990-01-01' },
    eligible: false,
    reasons: ['not-poor-household', 'hiv-not-certified'],
  },
];

for (const { claim, category, facts, circumstances = [], receiving = [], eligible, reasons } of cases) {
  t.test(`${category}: ${claim}`, async (t) => {
    const person: PersonFacts = {
      dateOfBirth: '1990-01-01',
      ...facts,
      circumstances: new Set(circumstances),
      receiving: new Set(receiving),
    };
    const assessment = assessEligibility(category, person, today);
    t.equal(assessment.eligible, eligible);
    t.strictSame(
      assessment.reasons.map(({ code }) => code),
      reasons,
    );
    for (const { en, vi } of assessment.reasons) {
      t.match(en, /^[A-Z].*\.$/);
      t.equal(vi, vi.normalize('NFC'));
      t.not(vi, en);
    }
  });
}

t.test('a person born on 29 February is a year older on 1 March of a common year', async (t) => {
  t.equal(ageOn('1988-02-29', '2026-02-28'), 37);
  t.equal(ageOn('1988-02-29', '2026-03-01'), 38);
  t.equal(ageOn('1988-02-29', '2028-02-29'), 40);
});
