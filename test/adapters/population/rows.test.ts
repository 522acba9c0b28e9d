import t from 'tap';
import { birthDate, pinStatus, sex } from '../../../adapters/population/rows.ts';

t.test('the registry codes sex by numbers', async (t) => {
  t.same(
    [0, 1, 2].map((code) => sex({ sex: code })),
    ['female', 'male', 'other'],
  );
  t.throws(() => sex({ sex: 3 }), { name: 'SourceError', kind: 'answer-invalid' });
  t.throws(() => sex({ sex: null }), { name: 'SourceError', kind: 'answer-invalid' });
});

t.test('a date of birth is as exact as its parts', async (t) => {
  t.same(birthDate({ birth_year: 1965, birth_month: null, birth_day: null }), { value: '1965', precision: 'year' });
  t.same(birthDate({ birth_year: 1965, birth_month: 7, birth_day: null }), { value: '1965-07', precision: 'month' });
  t.same(birthDate({ birth_year: 1988, birth_month: 2, birth_day: 29 }), { value: '1988-02-29', precision: 'day' });
});

t.test('only a number that is no longer that of a living person has a status', async (t) => {
  const statuses = ['active', 'missing', 'deceased', 'cancelled', 'replaced'];
  t.same(
    statuses.map((status) => pinStatus({ status })),
    [undefined, undefined, 'deceased', 'cancelled', 'replaced'],
  );
});
