/** Poor and near-poor households of the yearly reviews, some of which rise out of poverty or fall back into it. */

import { castPins, type SampleHousehold } from '../../sample-people/index.ts';
import { lot, lotBetween, lotOf } from './lots.ts';
import type { PovertyRow } from './rows.ts';

/** Share of households that were poor or near-poor in at least one review. */
const shareEverPoor = 0.08;
const shareEverPoorOfLoneParents = 0.4;
const firstReviewYear = 2023;

type Outcome = PovertyRow['class'] | null;

/** Outcomes of 2023 to 2026, by what happens to a household. */
const courses: readonly [readonly Outcome[], ...(readonly Outcome[])[]] = [
  ['poor', 'poor', 'poor', 'poor'],
  ['poor', 'poor', 'poor', 'near-poor'],
  ['poor', 'poor', 'near-poor', 'near-poor'],
  ['poor', 'near-poor', null, null],
  ['near-poor', 'near-poor', 'near-poor', 'near-poor'],
  ['near-poor', 'near-poor', 'near-poor', null],
  ['near-poor', 'poor', 'poor', 'poor'],
  [null, null, 'near-poor', 'poor'],
  [null, null, null, 'near-poor'],
];

/** `loneParents`: codes of the households in which somebody brings up a child alone. */
export function povertyRows(households: readonly SampleHousehold[], loneParents: ReadonlySet<string>): PovertyRow[] {
  const ordinary = households.filter(({ members }) => !Object.values(castPins).some((pin) => members.includes(pin)));
  return ordinary
    .filter(({ code }) => lot(code, 'ever poor') < (loneParents.has(code) ? shareEverPoorOfLoneParents : shareEverPoor))
    .flatMap(({ code }) => courseRows(code, lotOf(code, 'course of poverty', courses)));
}

/** Rows of one household from its outcomes, the first of them that of 2023. */
export function courseRows(householdCode: string, course: readonly Outcome[]): PovertyRow[] {
  return course.flatMap((outcome, index) =>
    outcome === null ? [] : [povertyRow(householdCode, firstReviewYear + index, outcome)],
  );
}

/** B1 scores income, poor at 140 or less; B2 scores what is lacking, poor from 30 (Circular 07/2021/TT-BLDTBXH). */
function povertyRow(householdCode: string, year: number, outcome: PovertyRow['class']): PovertyRow {
  const lacking = outcome === 'poor' ? { least: 3, most: 7 } : { least: 0, most: 2 };
  return {
    household_code: householdCode,
    review_year: year,
    class: outcome,
    score_b1: 5 * lotBetween(householdCode, `b1 ${year}`, 16, 28),
    score_b2: 10 * lotBetween(householdCode, `b2 ${year}`, lacking.least, lacking.most),
  };
}
