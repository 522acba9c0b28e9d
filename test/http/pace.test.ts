/** Refusals leave at a bounded rate and in order, and no more wait than may. */

import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { createPace } from '../../src/http/pace.ts';

t.test('so many are answered at once, the others in their turn and in order', async (t) => {
  const pace = createPace({ refusalsPerSecond: 60, refusalsHeldMax: 100 });
  const answered: number[] = [];
  for (let each = 0; each < 8; each += 1) pace(() => answered.push(each));
  t.same(answered, [0, 1, 2], 'a twentieth of a second’s');
  while (answered.length < 8) await sleep(5);
  t.same(answered, [0, 1, 2, 3, 4, 5, 6, 7]);
  // Turns later there is room at once.
  await sleep(150);
  pace(() => answered.push(8));
  t.equal(answered.at(-1), 8);
});

t.test('where too many wait, whoever has waited longest is answered', async (t) => {
  const pace = createPace({ refusalsPerSecond: 1, refusalsHeldMax: 2 });
  const answered: number[] = [];
  for (let each = 0; each < 5; each += 1) pace(() => answered.push(each));
  t.same(answered, [0, 1, 2]);
});
