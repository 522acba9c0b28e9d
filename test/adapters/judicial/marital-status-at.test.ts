/** The simulator works out marital status at a day as the law has it, for the cases below and for every sample person. */

import t from 'tap';
import { type MarriageRow, maritalStatusAt } from '../../../adapters/judicial/simulator/marital-status.ts';
import { registryRows } from '../../../adapters/judicial/simulator/seed-rows.ts';
import { samplePopulation } from '../../../adapters/sample-people/index.ts';

const marriage = (
  tu_ngay: string,
  ly_do: MarriageRow['ly_do'] = null,
  den_ngay: string | null = null,
): MarriageRow => ({
  tu_ngay,
  den_ngay,
  ly_do,
  nguoi_kia: 'vo',
  ket_hon: {},
});
const [single, married, divorced, widowed] = [1, 2, 3, 4];

t.test('married from the day of registration, divorced from the day of the judgment, married again', async (t) => {
  const first = marriage('1990-05-01', 'LH', '2000-06-01');
  const second = marriage('2003-07-01');
  const at = (day: string) => maritalStatusAt([second, first], day, undefined);
  t.same(at('1990-04-30'), { tinh_trang: single });
  t.same(at('1990-05-01'), { tinh_trang: married, tu_ngay: '1990-05-01', marriage: first });
  t.match(at('2000-05-31'), { tinh_trang: married });
  t.same(at('2000-06-01'), { tinh_trang: divorced, tu_ngay: '2000-06-01', marriage: first });
  t.match(at('2003-06-30'), { tinh_trang: divorced });
  t.same(at('2026-01-01'), { tinh_trang: married, tu_ngay: '2003-07-01', marriage: second });
});

t.test('the death of one party widows the other; the dead keep the status that they had', async (t) => {
  const ended = marriage('1990-01-15', 'CT', '2024-11-03');
  t.match(maritalStatusAt([ended], '2024-11-02', undefined), { tinh_trang: married });
  t.match(maritalStatusAt([ended], '2024-11-03', undefined), { tinh_trang: widowed, tu_ngay: '2024-11-03' });
  t.match(maritalStatusAt([ended], '2024-11-03', '2024-11-03'), { tinh_trang: married, tu_ngay: '1990-01-15' });
  t.match(maritalStatusAt([ended], '2024-11-30', '2024-11'), { tinh_trang: married }, 'a death known to the month');
  t.match(maritalStatusAt([ended], '2025-03-01', '2025-03-01'), { tinh_trang: widowed }, 'who died later');
});

t.test('an annulled marriage leaves the status that was before', async (t) => {
  const annulled = marriage('2005-01-01', 'HU', '2006-01-01');
  t.match(maritalStatusAt([annulled], '2005-06-01', undefined), { tinh_trang: married });
  t.same(maritalStatusAt([annulled], '2006-01-01', undefined), { tinh_trang: single });
  const before = marriage('1990-01-01', 'LH', '2000-01-01');
  t.match(maritalStatusAt([before, annulled], '2006-01-01', undefined), {
    tinh_trang: divorced,
    tu_ngay: '2000-01-01',
  });
});

t.test('for every sample person it is what the population registry says', async (t) => {
  const population = samplePopulation();
  const marriagesOf = new Map<unknown, MarriageRow[]>();
  for (const row of registryRows(population).get('ket_hon') ?? []) {
    const { ngay_dang_ky, ly_do_cham_dut, ngay_cham_dut } = row as unknown as Record<string, string>;
    const read = marriage(ngay_dang_ky ?? '', (ly_do_cham_dut ?? null) as MarriageRow['ly_do'], ngay_cham_dut ?? null);
    for (const pin of [row.chong_so_dinh_danh, row.vo_so_dinh_danh]) {
      marriagesOf.set(pin, [...(marriagesOf.get(pin) ?? []), read]);
    }
  }
  const words = { 1: 'single', 2: 'married', 3: 'divorced', 4: 'widowed' };
  const differing = population.people.filter(({ pin, maritalStatus, death }) => {
    const marriages = marriagesOf.get(pin) ?? [];
    // Annulled marriages are a matter of law that the population registry does not follow.
    if (maritalStatus === 'unknown' || marriages.some(({ ly_do }) => ly_do === 'HU')) return false;
    const day = death?.date.precision === 'day' ? death.date.value : '2026-01-01';
    return words[maritalStatusAt(marriages, day, death?.date.value).tinh_trang] !== maritalStatus;
  });
  t.same(
    differing.map(({ pin, maritalStatus }) => ({ pin, maritalStatus })),
    [],
  );
});
