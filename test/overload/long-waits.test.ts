/** Who has waited long for a registry is told from who has just begun to. */

import t from 'tap';
import { createLongWaits } from '../../src/overload/long-waits.ts';

const [one, other] = ['VN/GOV/G07/social-protection', 'VN/GOV/G12/tax'];

t.test('a wait is long from its time on, when it is looked at', async (t) => {
  let nowMs = 0;
  const waits = createLongWaits(250, () => nowMs);
  waits.begin(one);
  nowMs = 100;
  waits.begin(other);
  nowMs = 249;
  waits.look();
  t.equal(waits.count, 0);
  nowMs = 250;
  t.equal(waits.count, 0, 'nobody has looked yet');
  waits.look();
  t.same([waits.count, waits.countOf(one), waits.countOf(other)], [1, 1, 0]);
  nowMs = 350;
  waits.look();
  t.same([waits.count, waits.countOf(other)], [2, 1]);
});

t.test('what has ended counts no more, long or not', async (t) => {
  let nowMs = 0;
  const waits = createLongWaits(250, () => nowMs);
  const [endLong, endShort] = [waits.begin(one), waits.begin(one)];
  endShort();
  nowMs = 300;
  waits.look();
  t.equal(waits.count, 1);
  endLong();
  t.same([waits.count, waits.countOf(one)], [0, 0]);
  waits.look();
  t.equal(waits.count, 0);
});
