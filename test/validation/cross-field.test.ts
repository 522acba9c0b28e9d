/** What one member says about another: dates compare by what both know, and what is absent or malformed is left to its own rule. */

import t from 'tap';
import { createValidation } from '../../src/validation/index.ts';

const nowMs = Date.parse('2026-11-20T23:30:00Z');

function check(keywords: object, value: unknown): string[] {
  const validation = createValidation({ samplePins: true, errorsMax: 10, nowMs: () => nowMs });
  validation.add('rules', { type: 'object', ...keywords });
  return validation
    .compile('rules')(value)
    .map(({ pointer, rule, message }) => `${pointer} ${rule}: ${message}`);
}

const order = { 'x-date-order': [['/first', '/second/at']] };
const ordered = (first: unknown, at: unknown) => check(order, { first, second: { at } });
const year = (value: string) => ({ value, precision: 'year' });

t.test('the first date must not be after the second', async (t) => {
  t.same(ordered('2026-01-02', '2026-01-01'), ['/second/at x-date-order: must not be before /first']);
  t.same(ordered('2026-01-01', '2026-01-01'), []);
  t.same(ordered('2026-01-01', '2026-01-02'), []);
});

t.test('partial dates compare by what the coarser one knows', async (t) => {
  t.same(ordered({ value: '2026-12-31', precision: 'day' }, year('2026')), []);
  t.same(ordered(year('2026'), '2026-01-01'), []);
  t.same(ordered({ value: '2026-03', precision: 'month' }, '2026-02-28').length, 1);
  t.same(ordered(year('2027'), '2026-12-31').length, 1);
});

t.test('a PIN stands for the year of birth that it states', async (t) => {
  t.same(ordered('099190000001', year('1990')), []);
  t.match(ordered('099190000001', '1989-12-31'), [/the year of birth that \/first states/]);
  t.same(ordered('099216000004', '2016-01-01'), []);
});

t.test('what is absent or malformed is left to its own rule', async (t) => {
  for (const [first, second] of [
    [undefined, '2026-01-01'],
    ['2026-01-01', undefined],
    ['tomorrow', '2026-01-01'],
    [7, null],
    [{ value: 7 }, '2026-01-01'],
  ]) {
    t.same(ordered(first, second), []);
  }
  t.same(check(order, { first: '2026-01-01' }), []);
});

t.test('two values must differ, whatever they are made of', async (t) => {
  const differ = { 'x-differ': [['/a', '/b']] };
  t.same(check(differ, { a: '1', b: '1' }), ['/b x-differ: must differ from /a']);
  t.same(check(differ, { a: { x: 1, y: [2] }, b: { y: [2], x: 1 } }).length, 1);
  t.same(check(differ, { a: '1', b: '2' }), []);
  t.same(check(differ, { a: '1' }), []);
  t.same(check(differ, {}), []);
});

t.test('nothing comes from the future, by the day in Viet Nam', async (t) => {
  const date = { properties: { on: { 'x-not-future': true } } };
  t.same(check(date, { on: '2026-11-21' }), [], 'it is the 21st there already');
  t.same(check(date, { on: '2026-11-22' }), ['/on x-not-future: must not lie in the future']);
  t.same(check(date, { on: { value: '2026-12', precision: 'month' } }).length, 1);
  t.same(check(date, { on: { value: '2026', precision: 'year' } }), []);
  t.same(check(date, { on: 'never' }), []);
});
