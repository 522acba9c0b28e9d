/** The sample data: as many cases as promised, no row that contradicts another, the same every time. */

import t from 'tap';
import { castPins, samplePopulation } from '../../../adapters/sample-people/index.ts';
import { ageOn } from '../../../adapters/social-affairs/eligibility.ts';
import { sampleDay } from '../../../adapters/social-affairs/seed/rows.ts';
import { sampleRows } from '../../../adapters/social-affairs/seed/sample-rows.ts';

const population = samplePopulation();
const rows = sampleRows(population);
const count = population.people.length;
const running = rows.benefit.filter(({ to_date }) => to_date === null || to_date >= sampleDay);

t.test('the rows are the same every time', async (t) => {
  t.strictSame(sampleRows(samplePopulation()), rows);
});

t.test('every person has a row, and nobody has two of a kind', async (t) => {
  t.equal(rows.person.length, count);
  for (const table of ['person', 'meritorious_person', 'social_insurance', 'health_card'] as const) {
    t.equal(new Set(rows[table].map(({ pin }) => pin)).size, rows[table].length, table);
  }
  t.equal(new Set(rows.benefit.map(({ decision_number }) => decision_number)).size, rows.benefit.length);
});

t.test('benefits reach four in a hundred people, in every category', async (t) => {
  t.ok(Math.abs(running.length / count - 0.04) < 0.001, `${running.length} of ${count}`);
  const categories = new Set(running.map(({ category }) => category));
  t.strictSame([...categories].sort(), ['disabled', 'elderly', 'hiv', 'orphan', 'poor-elderly', 'single-parent']);
});

t.test('money is whole VND, and the coefficient times the standard amount', async (t) => {
  const odd = rows.benefit.filter(({ monthly_vnd, coefficient }) => monthly_vnd !== coefficient * 500_000);
  t.strictSame(odd, []);
  t.ok(rows.benefit.every(({ monthly_vnd }) => Number.isInteger(monthly_vnd)));
});

t.test('a benefit begins after its decision, and its certificate is older still', async (t) => {
  const certifiedOn = new Map(rows.circumstance.map((row) => [`${row.pin} ${row.kind}`, row.certified_on]));
  const disorderly = rows.benefit.filter(({ pin, category, decision_date, from_date, to_date }) => {
    const certificate = category === 'disabled' ? certifiedOn.get(`${pin} disability`) : '';
    const days = [certificate, decision_date, from_date, to_date ?? '9999-12-31'];
    return days.some((day) => day === undefined) || String(days) !== String(days.toSorted());
  });
  t.strictSame(disorderly, []);
});

t.test('one and a half in a hundred people have merit', async (t) => {
  t.ok(Math.abs(rows.meritorious_person.length / count - 0.015) < 0.001);
});

t.test('households rise out of poverty and fall back into it', async (t) => {
  const years = new Set(rows.household_poverty.map(({ review_year }) => review_year));
  t.strictSame([...years].sort(), [2023, 2024, 2025, 2026]);
  const course = (code: string) => rows.household_poverty.filter(({ household_code }) => household_code === code);
  const courses = [...new Set(rows.household_poverty.map(({ household_code }) => household_code))].map(course);
  t.ok(courses.some((one) => one.at(0)?.class === 'poor' && one.at(-1)?.class === 'near-poor'));
  t.ok(courses.some((one) => one.at(0)?.class === 'near-poor' && one.at(-1)?.class === 'poor'));
  t.ok(rows.household_poverty.every(({ class: outcome, score_b2 }) => (outcome === 'poor') === score_b2 >= 30));
});

t.test('most people have a card, and children below six hold those of their group', async (t) => {
  t.ok(rows.health_card.length / count > 0.8);
  const cardOf = new Map(rows.health_card.map((card) => [card.pin, card]));
  const children = population.people.filter(
    ({ status, dateOfBirth }) => status === 'active' && ageOn(dateOfBirth.value, sampleDay) < 6,
  );
  t.ok(children.length > 100);
  t.ok(children.every(({ pin }) => cardOf.get(pin)?.card_group === 'TE'));
  t.ok(rows.health_card.every(({ card_number }) => /^[A-Z]{2}[1-5]\d{12}$/.test(card_number)));
  t.ok(rows.health_card.every((card) => card.card_number.startsWith(`${card.card_group}${card.benefit_level}`)));
  t.ok(rows.health_card.every(({ valid_from, valid_to }) => valid_from <= valid_to));
});

t.test('nobody but the one of the cast is dead and paid', async (t) => {
  const dead = new Set(population.people.filter(({ death }) => death !== undefined).map(({ pin }) => pin));
  t.strictSame(
    running.filter(({ pin }) => dead.has(pin)).map(({ pin }) => pin),
    [castPins.sau],
  );
  t.ok(rows.benefit.some(({ stop_reason }) => stop_reason === 'deceased'));
});
