/** Who looks has so many looks, by the token's subject and role; nobody else pays for them. */

import t from 'tap';
import type { LookRole } from '../../src/exchange/entries.ts';
import { createLookRates } from '../../src/overload/look-rates.ts';
import { createSettableClock } from '../support/clock-fixture.ts';

const hoa = '099190000001';
const duc = '099190000002';
const clock = createSettableClock();
/** Gives how long to wait, milliseconds; 0 where the look may be. */
function rates() {
  const { take } = createLookRates({
    citizens: { looksPerSecond: 0.5, looksBurst: 2, lookersMax: 2 },
    auditors: { looksPerSecond: 10, looksBurst: 3, lookersMax: 2 },
    clock,
  });
  return { take: (role: LookRole, by: string) => take(role, by)?.waitMs ?? 0 };
}

t.test('a person has the burst at once, and then the rate', async (t) => {
  const { take } = rates();
  t.same([take('citizen', hoa), take('citizen', hoa), take('citizen', hoa)], [0, 0, 2000]);
  clock.advance(1500);
  t.equal(take('citizen', hoa), 500, 'asking too early costs nothing');
  clock.advance(500);
  t.same([take('citizen', hoa), take('citizen', hoa)], [0, 2000]);
  clock.advance(3_600_000);
  t.same([take('citizen', hoa), take('citizen', hoa), take('citizen', hoa)], [0, 0, 2000], 'a long rest gives no more');
});

t.test('nobody pays for anybody else', async (t) => {
  const { take } = rates();
  for (let looks = 0; looks < 2; looks += 1) take('citizen', hoa);
  t.same([take('citizen', hoa) > 0, take('citizen', duc)], [true, 0]);
  for (let looks = 0; looks < 3; looks += 1) t.equal(take('auditor', 'auditor-1'), 0);
  t.same([take('auditor', 'auditor-1'), take('operator', 'auditor-1'), take('auditor', 'auditor-2')], [100, 0, 0]);
});

t.test('so many are remembered, the last who came', async (t) => {
  const { take } = rates();
  for (let looks = 0; looks < 3; looks += 1) take('citizen', hoa);
  take('citizen', duc);
  t.ok(take('citizen', hoa) > 0);
  take('citizen', '099190000003');
  t.ok(take('citizen', hoa) > 0, 'who goes on asking is not forgotten');
  take('citizen', '099190000004');
  take('citizen', '099190000005');
  t.equal(take('citizen', hoa), 0);
});
