/** What becomes of unusual rows: absent values, suspended cards, text where a number is meant, a birth date that is none. */

import t from 'tap';
import { benefit, insurance, meritorious, personFacts, poverty } from '../../../adapters/social-affairs/rows.ts';
import { SourceError } from '../../../src/adapter-kit/index.ts';

const today = '2026-10-01';
const noCard = { card_number: null };
const card = {
  number: null,
  card_number: 'GD4019900000001',
  card_group: 'GD',
  benefit_level: 4,
  valid_from: '2026-01-01',
  valid_to: '2026-10-01',
  facility: 'Trạm Y tế Phường Ba Đình',
  suspended: 0,
};

t.test('decimals that the database hands out as text become numbers', async (t) => {
  const row = {
    category: 'orphan',
    coefficient: '2.5',
    monthly_vnd: 1_250_000,
    to_date: '2030-01-31',
    stop_reason: null,
  };
  t.strictSame(benefit(row), { category: 'orphan', coefficient: 2.5, monthlyVnd: 1_250_000, to: '2030-01-31' });
  t.match(poverty({ review_year: 2024, score_b1: '130', score_b2: '40' }), { year: 2024, scoreB1: 130, scoreB2: 40 });
});

t.test('a recognition without a degree has no such member, and a degree of zero has', async (t) => {
  t.strictSame(Object.keys(meritorious({ type: 'martyr-relative', degree_percent: null })), ['type']);
  t.match(meritorious({ type: 'sick-soldier', degree_percent: 0 }), { degreePercent: 0 });
});

t.test('a card holds to the end of its last day', async (t) => {
  const statusOn = (day: string, changes = {}) =>
    (insurance({ ...card, ...changes }, day) as { health: { status: string } }).health.status;
  t.equal(statusOn(today), 'valid');
  t.equal(statusOn('2026-10-02'), 'expired');
  t.equal(statusOn(today, { suspended: 1 }), 'suspended');
  t.equal(statusOn('2026-10-02', { suspended: 1 }), 'expired');
});

t.test('who has social insurance only has no health card in the answer', async (t) => {
  const row = { ...noCard, number: '9900000001', status: 'paused', since_date: '2012-09-01' };
  t.strictSame(insurance(row, today), { social: { number: '9900000001', status: 'paused', since: '2012-09-01' } });
});

t.test('only a severe disability is a ground, and a known death is a fact', async (t) => {
  const person = { date_of_birth: '1965', deceased_on: '2024-11', social_insurance: null, poverty: null };
  const facts = personFacts(
    person,
    [
      { kind: 'disability', degree: 'mild' },
      { kind: 'no-supporter', degree: null },
    ],
    [{ category: 'elderly' }],
  );
  t.strictSame(facts, {
    dateOfBirth: '1965',
    deceasedOn: '2024-11',
    circumstances: new Set(['no-supporter']),
    receiving: new Set(['elderly']),
  });
  const severe = ['severe', 'exceptionally-severe'].map((degree) => ({ kind: 'disability', degree }));
  for (const row of severe) t.ok(personFacts(person, [row], []).circumstances.has('severe-disability'));
});

t.test('no age is made up from a birth date that is none', async (t) => {
  for (const date_of_birth of [null, '', '65', '1965-7', '19/07/1965']) {
    t.throws(
      () => personFacts({ date_of_birth }, [], []),
      new SourceError('answer-invalid', 'person.date_of_birth is not a partial date'),
    );
  }
});
