import t from 'tap';
import { createSlots } from '../../src/adapter-kit/sql-slots.ts';

const never = new AbortController().signal;

t.test('slots are given in the order of asking', async (t) => {
  const slots = createSlots(1, 2, 'db');
  const order: string[] = [];
  const free = await slots.take(never);
  const second = slots.take(never).then((giveBack) => {
    order.push('second');
    giveBack();
  });
  const third = slots.take(never).then((giveBack) => {
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
  await t.rejects(slots.take(never), {
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
  const waiting = slots.take(impatient.signal);
  impatient.abort(new Error('gone'));
  await t.rejects(waiting, { message: 'gone' });
  const next = slots.take(never);
  free();
  free();
  const giveBack = await next;
  await t.rejects(Promise.race([slots.take(AbortSignal.timeout(20)), slots.take(never)]), { name: 'SourceError' });
  giveBack();
});
