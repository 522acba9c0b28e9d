/** A slot is taken once and free again when it was given back. */

import t from 'tap';
import { createSlots } from '../../src/breaker/slots.ts';

t.test('there are as many slots as there should be', async (t) => {
  const slots = createSlots(2);
  t.same([slots.take(), slots.take(), slots.take()], [true, true, false]);
  slots.giveBack();
  t.same([slots.take(), slots.take()], [true, false]);
});
