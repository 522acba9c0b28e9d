/** Counts added up by what was asked for. */

import t from 'tap';
import type { DayCount } from '../../../src/exchange/audit.ts';
import { sumUp } from '../../../src/http/audit/statistics-route.ts';

const counts: readonly DayCount[] = [
  { day: '2026-03-01', consumer: 'A', service: 'S', outcome: 'ok', entries: 5 },
  { day: '2026-03-01', consumer: 'A', service: 'S', outcome: 'quota-exceeded', entries: 2 },
  { day: '2026-03-02', consumer: 'A', service: 'T', outcome: 'ok', entries: 1 },
  { day: '2026-03-02', consumer: undefined, service: undefined, outcome: 'token-invalid', entries: 4 },
];

t.test('what was not asked for is added up', async (t) => {
  t.same(sumUp(counts, ['day']), [
    { day: '2026-03-01', entries: 7 },
    { day: '2026-03-02', entries: 5 },
  ]);
  t.same(sumUp(counts, ['consumer', 'outcome']), [
    { consumer: 'A', outcome: 'ok', entries: 6 },
    { consumer: 'A', outcome: 'quota-exceeded', entries: 2 },
    { consumer: undefined, outcome: 'token-invalid', entries: 4 },
  ]);
  t.same(sumUp(counts, ['day', 'consumer', 'service', 'outcome']), counts);
  t.same(sumUp([], ['day']), []);
});
