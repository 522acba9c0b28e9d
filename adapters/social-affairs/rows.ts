/** Words rows of the registry as parts of messages: a column without a value becomes no member, a decimal becomes a number. */

import { SourceError, type SqlRow } from '../../src/adapter-kit/index.ts';
import type { BenefitCategory, Circumstance, PersonFacts } from './eligibility.ts';

/** Throws SourceError where a date of birth is none, since no age follows from it. */
export function personFacts(
  person: SqlRow,
  circumstances: readonly SqlRow[],
  benefits: readonly SqlRow[],
): PersonFacts {
  if (!/^\d{4}(-\d{2}(-\d{2})?)?$/.test(String(person.date_of_birth))) {
    throw new SourceError('answer-invalid', 'person.date_of_birth is not a partial date');
  }
  const known = withoutAbsent({
    dateOfBirth: person.date_of_birth,
    deceasedOn: person.deceased_on,
    socialInsurance: person.social_insurance,
    poverty: person.poverty,
  }) as Omit<PersonFacts, 'circumstances' | 'receiving'>;
  return {
    ...known,
    circumstances: new Set(circumstances.map(circumstance).filter((one) => one !== undefined)),
    receiving: new Set(benefits.map((row) => row.category as BenefitCategory)),
  };
}

export function benefit(row: SqlRow): Record<string, unknown> {
  return withoutAbsent({
    category: row.category,
    coefficient: numberOf(row.coefficient),
    monthlyVnd: numberOf(row.monthly_vnd),
    decisionNumber: row.decision_number,
    decisionDate: row.decision_date,
    from: row.from_date,
    to: row.to_date,
    stopReason: row.stop_reason,
    communeCode: row.commune_code,
  });
}

export function meritorious(row: SqlRow): Record<string, unknown> {
  return withoutAbsent({
    type: row.type,
    fileNumber: row.file_number,
    degreePercent: numberOf(row.degree_percent),
    since: row.since_date,
  });
}

export function poverty(row: SqlRow): Record<string, unknown> {
  return withoutAbsent({
    householdCode: row.household_code,
    year: numberOf(row.review_year),
    class: row.class,
    scoreB1: numberOf(row.score_b1),
    scoreB2: numberOf(row.score_b2),
  });
}

/** `today` is YYYY-MM-DD in Viet Nam: a card's state is not stored but follows from its days. */
export function insurance(row: SqlRow, today: string): Record<string, unknown> {
  return withoutAbsent({
    social: row.number === null ? undefined : { number: row.number, status: row.status, since: row.since_date },
    health: row.card_number === null ? undefined : healthCard(row, today),
  });
}

function healthCard(row: SqlRow, today: string) {
  return {
    cardNumber: row.card_number,
    group: row.card_group,
    level: numberOf(row.benefit_level),
    validFrom: row.valid_from,
    validTo: row.valid_to,
    facility: row.facility,
    status: cardStatus(row, today),
  };
}

function cardStatus(row: SqlRow, today: string): 'valid' | 'expired' | 'suspended' {
  if (String(row.valid_to) < today) return 'expired';
  return numberOf(row.suspended) === 1 ? 'suspended' : 'valid';
}

function circumstance({ kind, degree }: SqlRow): Circumstance | undefined {
  if (kind !== 'disability') return kind as Circumstance;
  return degree === 'severe' || degree === 'exceptionally-severe' ? 'severe-disability' : undefined;
}

/** Databases hand out decimals as text, lest they lose digits. */
function numberOf(value: unknown): number | undefined {
  return value === null || value === undefined ? undefined : Number(value);
}

function withoutAbsent(members: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null && value !== undefined));
}
