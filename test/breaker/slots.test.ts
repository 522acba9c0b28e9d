/** A slot is taken once and free again when it was given back. */

import t from 'tap';
import { createSlots, type Slots } from '../../src/breaker/slots.ts';
import type { Waiter } from '../../src/exchange/ports.ts';

t.test('there are as many slots as there should be', async (t) => {
  const slots = createSlots(2, 4);
  t.same([slots.take(), slots.take(), slots.take()], [true, true, false]);
  slots.giveBack();
  t.same([slots.take(), slots.take()], [true, false]);
});

const here = new AbortController().signal;
const interactive = (consumer: string): Waiter => ({ consumer, priority: 'interactive' });
const batch = (consumer: string): Waiter => ({ consumer, priority: 'batch' });
const patient = { queueMax: 10, queueWaitMs: 1000, signal: here };

t.test('whoever waits gets the slot that is given back, the consumers by turns', async (t) => {
  const slots = createSlots(1, 4);
  slots.take();
  const order: string[] = [];
  const waiting = ['ministry', 'ministry', 'ministry', 'commune', 'ministry', 'commune'].map((consumer) =>
    slots.wait(interactive(consumer), patient).then(() => order.push(consumer)),
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
  const slots = createSlots(1, 4);
  slots.take();
  const caller = new AbortController();
  const gone = slots.wait(interactive('one'), { ...patient, queueMax: 2, signal: caller.signal });
  const late = slots.wait(interactive('two'), { ...patient, queueMax: 2, queueWaitMs: 20 });
  t.equal(await slots.wait(interactive('three'), { ...patient, queueMax: 2 }), false, 'the queue is full');
  caller.abort();
  t.equal(await gone, false);
  t.equal(await late, false);
  const last = slots.wait(interactive('three'), { ...patient, queueMax: 1 });
  slots.giveBack();
  t.equal(await last, true, 'their places are free again');
});

/** Waits in a line of ten: `order` is told whose turn it was, `refused` who gave way. */
function lineUp(slots: Slots, order: string[], refused: string[]) {
  return async (waiter: Waiter, name = waiter.consumer) => {
    (await slots.wait(waiter, patient)) ? order.push(name) : refused.push(name);
  };
}

const settled = () => new Promise(setImmediate);

t.test('a full line lets in whoever has less in it than another, whose newest call gives way', async (t) => {
  const slots = createSlots(1, 4);
  slots.take();
  const [order, refused]: [string[], string[]] = [[], []];
  const wait = lineUp(slots, order, refused);
  for (let call = 1; call <= 11; call += 1) wait(interactive('ministry'), `ministry ${call}`);
  await settled();
  t.same(refused, ['ministry 11'], 'beyond the line');
  for (let call = 1; call <= 6; call += 1) wait(interactive('commune'), `commune ${call}`);
  await settled();
  t.same(refused.slice(1), ['ministry 10', 'ministry 9', 'ministry 8', 'ministry 7', 'ministry 6', 'commune 6']);
  wait(interactive('ministry'), 'ministry 12');
  wait(interactive('village'));
  await settled();
  t.same(refused.slice(7), ['ministry 12', 'ministry 5'], 'whoever has half of it has enough; a third comes in');
  for (let given = 0; given < 10; given += 1) slots.giveBack();
  await settled();
  t.same(order.slice(0, 3), ['ministry 1', 'commune 1', 'village']);
  t.equal(order.length, 10);
});

t.test('where everybody has one call, nobody gives way to another of the same priority', async (t) => {
  const slots = createSlots(1, 4);
  slots.take();
  const [order, refused]: [string[], string[]] = [[], []];
  const wait = lineUp(slots, order, refused);
  for (let commune = 1; commune <= 10; commune += 1) wait(commune === 4 ? batch('4') : interactive(String(commune)));
  wait(batch('late batch'));
  wait(interactive('late'));
  wait(interactive('latest'));
  await settled();
  t.same(refused, ['late batch', '4', 'latest']);
});

t.test(
  'interactive calls come before batch, which has a turn now and then and takes up more of the line',
  async (t) => {
    const slots = createSlots(1, 4);
    slots.take();
    const [order, refused]: [string[], string[]] = [[], []];
    const wait = lineUp(slots, order, refused);
    for (let call = 0; call < 10; call += 1) wait(batch('statistics'));
    for (let call = 0; call < 10; call += 1) wait(interactive('counter'));
    await settled();
    t.same([refused.filter((one) => one === 'statistics').length, refused.length], [8, 10]);
    wait(batch('census'));
    await settled();
    t.equal(refused.at(-1), 'counter', 'there is room for who has none');
    for (let given = 0; given < 10; given += 1) slots.giveBack();
    await settled();
    t.same(order.map((one) => one.slice(0, 2)).join(' '), 'co co co co st co co co ce st');
  },
);

t.test('whoever gave way or left is no longer there when a place is free', async (t) => {
  const slots = createSlots(1, 4);
  slots.take();
  const [order, refused]: [string[], string[]] = [[], []];
  const wait = lineUp(slots, order, refused);
  for (let call = 0; call < 10; call += 1) wait(interactive('ministry'));
  wait(interactive('commune'));
  for (let given = 0; given < 11; given += 1) slots.giveBack();
  await settled();
  t.same([order.length, refused.length], [10, 1]);
  t.same([slots.take(), slots.take()], [true, false]);
});

t.test('who would be refused by a full line can be told before', async (t) => {
  const slots = createSlots(1, 4);
  t.equal(slots.isFullFor(interactive('ministry'), 0), false, 'a place is free');
  slots.take();
  t.equal(slots.isFullFor(interactive('ministry'), 0), true, 'nobody may wait');
  const line = { ...patient, queueMax: 2 };
  void slots.wait(interactive('ministry'), line);
  t.equal(slots.isFullFor(interactive('ministry'), 2), false, 'there is room');
  const second = slots.wait(interactive('ministry'), line);
  t.equal(slots.isFullFor(interactive('ministry'), 2), true);
  t.equal(slots.isFullFor(interactive('commune'), 2), false, 'somebody would give way');
  const isWaiting = await Promise.race([second.then(() => false), settled().then(() => true)]);
  t.ok(isWaiting, 'asking sends nobody away');
});
