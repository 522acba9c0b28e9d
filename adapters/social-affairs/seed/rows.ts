/** The rows of the sample, column by column as in schema.sql, so that the compiler finds a column that nobody fills. */

import type { BenefitCategory } from '../eligibility.ts';

/** By table, in the order in which foreign keys let them in. */
export interface SampleRows {
  readonly person: readonly PersonRow[];
  readonly circumstance: readonly CircumstanceRow[];
  readonly benefit: readonly BenefitRow[];
  readonly meritorious_person: readonly MeritoriousRow[];
  readonly household_poverty: readonly PovertyRow[];
  readonly social_insurance: readonly SocialInsuranceRow[];
  readonly health_card: readonly HealthCardRow[];
}

/** The day that the sample describes, YYYY-MM-DD. */
export const sampleDay = '2026-10-01';

export type PersonRow = {
  pin: string;
  full_name: string;
  date_of_birth: string;
  household_code: string;
  deceased_on: string | null;
};

export type CircumstanceRow = {
  pin: string;
  kind: 'disability' | 'no-caregiver' | 'raising-child-alone' | 'hiv' | 'no-supporter';
  degree: 'mild' | 'severe' | 'exceptionally-severe' | null;
  certificate_number: string;
  certified_on: string;
  ended_on: string | null;
};

export type BenefitRow = {
  decision_number: string;
  decision_date: string;
  pin: string;
  category: BenefitCategory;
  coefficient: number;
  monthly_vnd: number;
  from_date: string;
  to_date: string | null;
  stop_reason: string | null;
  commune_code: string;
};

export type MeritoriousRow = {
  pin: string;
  type: 'martyr-relative' | 'wounded-soldier' | 'sick-soldier' | 'resistance-contributor' | 'chemical-victim';
  file_number: string;
  degree_percent: number | null;
  since_date: string;
};

export type PovertyRow = {
  household_code: string;
  review_year: number;
  class: 'poor' | 'near-poor';
  score_b1: number;
  score_b2: number;
};

export type SocialInsuranceRow = {
  pin: string;
  number: string;
  status: 'contributing' | 'paused' | 'pensioner';
  since_date: string;
};

export type HealthCardRow = {
  pin: string;
  card_number: string;
  card_group: string;
  benefit_level: number;
  valid_from: string;
  valid_to: string;
  facility: string;
  suspended: 0 | 1;
};
