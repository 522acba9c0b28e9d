/** A worker that does not answer is noticed soon, given up late, and not blamed for this process's own sleep. */

import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { createPulse } from '../../src/workers/pulse.ts';
import { eventually } from '../support/eventually.ts';

const settings = { intervalMs: 20, timeoutMs: 40, silentMsMax: 400 };

function start(t: Test) {
  const told: string[] = [];
  const place = { answersAfterMs: 0 };
  const pulse = createPulse(() => sleep(place.answersAfterMs), settings, {
    silent: () => told.push('silent'),
    awake: () => told.push('awake'),
    gone: () => told.push('gone'),
  });
  t.teardown(() => pulse.stop());
  return { told, place, pulse };
}

t.test('who answers is left alone', async (t) => {
  const { told, pulse } = start(t);
  await sleep(500);
  t.same(told, []);
  t.equal(await pulse.beats(), true);
});

t.test('who does not is silent within the time for an answer, until it answers', async (t) => {
  const { told, place, pulse } = start(t);
  place.answersAfterMs = 100;
  t.equal(await pulse.beats(), false);
  t.equal(pulse.isSilent(), true);
  await eventually(() => told.includes('awake'));
  t.same(told.slice(0, 2), ['silent', 'awake']);
  t.notOk(told.includes('gone'), 'late answers are answers');
});

t.test('who stays silent is given up, once', async (t) => {
  const { told, place } = start(t);
  place.answersAfterMs = 10_000;
  await eventually(() => told.includes('gone'));
  await sleep(100);
  t.same(told, ['silent', 'gone']);
});

t.test('after a sleep of this process nobody is given up', async (t) => {
  const { told } = start(t);
  const untilMs = performance.now() + 2 * settings.silentMsMax;
  while (performance.now() < untilMs);
  await sleep(100);
  t.notOk(told.includes('gone'));
});

t.test('of one that is told to end nothing is observed', async (t) => {
  const { told, place, pulse } = start(t);
  place.answersAfterMs = 10_000;
  pulse.stop();
  await pulse.beats();
  await sleep(500);
  t.same(told, []);
});
