/** Child processes that answer questions, and never outlive who asked. */

import { setTimeout as wait } from 'node:timers/promises';
import t from 'tap';
import { type Child, startChild } from '../../bench/child.ts';

const module = new URL('fixtures/answering.ts', import.meta.url);
const start = (): Child => startChild({ name: 'it', module });

t.test('answers and failures reach whoever asked', async (t) => {
  await using child = start();
  const [four, six] = await Promise.all([child.ask('double', 2), child.ask('double', 3)]);
  t.same([four, six], [4, 6]);
  await t.rejects(child.ask('fail'), { message: 'it: cannot' });
  await t.rejects(child.ask('what'), { message: 'it: no answer to "what"' });
});

t.test('a child that ends fails every open question, and each later one', async (t) => {
  await using child = start();
  const open = child.ask('wait');
  const last = child.ask('end');
  await t.rejects(open, { message: 'it: ended with 3' });
  await t.rejects(last, { message: 'it: ended with 3' });
  await t.rejects(child.ask('double', 1), { message: 'it: has ended' });
});

t.test('closing ends a child that is at work', async (t) => {
  const child = start();
  const pid = await child.ask<number>('pid');
  child.ask('wait').catch(() => undefined);
  await child[Symbol.asyncDispose]();
  await wait(0);
  t.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
});
