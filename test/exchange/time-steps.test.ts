/** Watching a step must not change what it gives, throws or is called with. */

import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { timeSteps } from '../../src/exchange/time-steps.ts';

const watched = <Steps extends object>(steps: Steps) => {
  const seen: { step: string; durationMs: number }[] = [];
  const timed = timeSteps(steps, {
    watchesNext: () => true,
    stepDone: (step, durationMs) => seen.push({ step, durationMs }),
  });
  return { timed, seen };
};

t.test('a step that gives a value gives it at once', async (t) => {
  const { timed, seen } = watched({ add: (a: number, b: number) => a + b });
  t.equal(timed.add(1, 2), 3);
  t.match(seen, [{ step: 'add' }]);
});

t.test('a step that gives a promise is timed until it is kept', async (t) => {
  const { timed, seen } = watched({ wait: () => sleep(30, 'done') });
  const waiting = timed.wait();
  t.same(seen, []);
  t.equal(await waiting, 'done');
  t.ok((seen[0]?.durationMs ?? 0) >= 25);
});

t.test('a step that fails is timed too, and its error is the one that comes out', async (t) => {
  const error = new Error('no');
  const { timed, seen } = watched({
    fail: (): void => {
      throw error;
    },
    reject: () => Promise.reject(error),
  });
  t.throws(() => timed.fail(), error);
  await t.rejects(timed.reject(), error);
  t.same(
    seen.map(({ step }) => step),
    ['fail', 'reject'],
  );
});
