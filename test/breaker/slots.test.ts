/** A slot is taken once and free again when it was given back. */

import t from 'tap';
import { createSlots } from '../../src/breaker/slots.ts';

t.test('there are as many slots as there should be', async (t) => {
  const slots = createSlots(2);
  t.same([slots.take(), slots.take(), slots.take()], [true, true, false]);
  slots.giveBack();
  t.same([slots.take(), slots.take()], [true, false]);
});

const here = new AbortController().signal;
const patient = { queueMax: 10, queueWaitMs: 1000, signal: here };

t.test('whoever waits gets the slot that is given back, the consumers by turns', async (t) => {
  const slots = createSlots(1);
  slots.take();
  const order: string[] = [];
  const waiting = ['ministry', 'ministry', 'ministry', 'commune', 'ministry', 'commune'].map((consumer) =>
    slots.wait(consumer, patient).then(() => order.push(consumer)),
  );
  for (const _one of waiting) {
    slots.giveBack();
    await new Promise(setImmediate);
    t.equal(slots.take(), false, 'it is never free in between');
  }
  t.same(order, ['ministry', 'commune', 'ministry', 'commune', 'ministry', 'ministry']);
  slots.giveBack();
  t.equal(slots.take(), true);
});

t.test('no more wait than the queue holds, none longer than its time, and none who has gone', async (t) => {
  const slots = createSlots(1);
  slots.take();
  const caller = new AbortController();
  const gone = slots.wait('one', { ...patient, queueMax: 2, signal: caller.signal });
  const late = slots.wait('two', { ...patient, queueMax: 2, queueWaitMs: 20 });
  t.equal(await slots.wait('three', { ...patient, queueMax: 2 }), false, 'the queue is full');
  caller.abort();
  t.equal(await gone, false);
  t.equal(await late, false);
  const last = slots.wait('three', { ...patient, queueMax: 1 });
  slots.giveBack();
  t.equal(await last, true, 'their places are free again');
});
