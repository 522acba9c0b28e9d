import t from 'tap';
import { createSlots, type Slots } from '../../src/adapter-kit/sql-slots.ts';

const never = new AbortController().signal;

t.test('slots are given in the order of asking', async (t) => {
  const slots = createSlots(1, 2, 'db');
  const order: string[] = [];
  const free = await slots.take(never);
  const second = take(slots).then((giveBack) => {
    order.push('second');
    giveBack();
  });
  const third = take(slots).then((giveBack) => {
    order.push('third');
    giveBack();
  });
  free();
  await Promise.all([second, third, slots.allFree()]);
  t.same(order, ['second', 'third']);
});

t.test('a full queue refuses at once', async (t) => {
  const slots = createSlots(1, 0, 'db');
  const free = await slots.take(never);
  await t.rejects(take(slots), {
    name: 'SourceError',
    kind: 'unavailable',
    message: 'db: 1 calls at work and 0 waiting',
  });
  free();
  (await slots.take(never))();
});

t.test('who gives up leaves the queue, and a slot given back twice counts once', async (t) => {
  const slots = createSlots(1, 1, 'db');
  const free = await slots.take(never);
  const impatient = new AbortController();
  const waiting = take(slots, impatient.signal);
  impatient.abort(new Error('gone'));
  await t.rejects(waiting, { message: 'gone' });
  const next = take(slots);
  free();
  free();
  const giveBack = await next;
  await t.rejects(Promise.race([take(slots, AbortSignal.timeout(20)), take(slots)]), { name: 'SourceError' });
  giveBack();
});

async function take(slots: Slots, signal: AbortSignal = never): Promise<() => void> {
  return slots.take(signal);
}
