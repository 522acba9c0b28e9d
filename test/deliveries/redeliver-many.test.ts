/** Many dead letters tried again: what is done before a trouble comes is told. */

import t from 'tap';
import { createRedeliverMany } from '../../src/deliveries/redeliver-many.ts';
import { renderProblemJson } from '../../src/http/x-road/errors.ts';
import { Problem } from '../../src/problems.ts';

const ids = Array.from({ length: 40 }, (_, nth) => `push-${nth}`);

/** Fails for some; ids of actions as they came. */
function many(troubles: Readonly<Record<string, unknown>>) {
  const actions: string[] = [];
  let made = 0;
  const redeliverMany = createRedeliverMany({
    makeId: () => `made-${made++}`,
    redeliver: async ({ id, exchangeId }) => {
      actions.push(id);
      if (exchangeId in troubles) throw troubles[exchangeId];
    },
  });
  return { actions, run: () => redeliverMany(ids, { id: 'request', by: 'operator-1' }) };
}

t.test('all are tried again, each by an action of its own, and who was faster elsewhere is left out', async (t) => {
  const { run, actions } = many({ 'push-3': new Problem('state-conflict', 'Somebody was faster.') });
  t.same(
    await run(),
    ids.filter((id) => id !== 'push-3'),
  );
  t.equal(actions[0], 'request');
  t.equal(new Set(actions).size, ids.length);
});

t.test('a log that fails midway: the answer names those that are tried again, and nothing more is begun', async (t) => {
  const trouble = new Problem('log-unavailable', 'It is kept.', { cause: new Error('EIO'), retryAfterSeconds: 5 });
  const { run, actions } = many({ 'push-17': trouble });
  const told = await run().then(
    () => undefined,
    (error: Problem) => error,
  );
  const going = ids.slice(0, 32).filter((id) => id !== 'push-17');
  t.match(told, { code: 'log-unavailable', retryAfterSeconds: 5, cause: trouble.cause });
  t.match(JSON.parse(renderProblemJson(told as Problem, undefined)), {
    detail: '31 of 40 are tried again, then: It is kept.',
    redelivered: going,
  });
  t.equal(actions.length, 32);
});

t.test('what is no problem of ours stays what it is', async (t) => {
  await t.rejects(many({ 'push-0': new TypeError('a bug') }).run(), TypeError);
});
