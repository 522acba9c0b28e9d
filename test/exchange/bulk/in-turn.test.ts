/** What is about one person goes in its order, and nothing overtakes a line that ended the request. */

import t from 'tap';
import { inTurn } from '../../../src/exchange/bulk/in-turn.ts';
import type { Incoming, Settled } from '../../../src/exchange/types.ts';
import { Problem, type ProblemCode } from '../../../src/problems.ts';

/** Lines are the people's letters, and a number; what becomes of each is said by the test. */
function begin() {
  const begun: string[] = [];
  const refused: [string, ProblemCode][] = [];
  const open = new Map<string, PromiseWithResolvers<Settled>>();
  const run = inTurn({
    personsIn: ({ messageId }) => messageId.match(/[a-z]/g) ?? [],
    run: ({ messageId }) => {
      begun.push(messageId);
      open.set(messageId, Promise.withResolvers());
      return (open.get(messageId) as PromiseWithResolvers<Settled>).promise;
    },
    refuse: async ({ messageId }, problem) => {
      refused.push([messageId, problem.code]);
      return settledWith({ problem });
    },
  });
  return { begun, refused, open, send: (messageId: string) => run({ messageId } as Incoming) };
}

const settledWith = (outcome: object) => ({ outcome, position: { index: 0 } }) as unknown as Settled;
const turn = () => new Promise((resolve) => setImmediate(resolve));

t.test('one after the other about a person, side by side about several', async (t) => {
  const { begun, open, send } = begin();
  const all = ['a1', 'a2', 'b1', '-1', '-2'].map(send);
  t.same(begun, ['a1', 'b1', '-1', '-2']);
  open.get('a1')?.resolve(settledWith({ problem: new Problem('message-invalid', 'no matter') }));
  await turn();
  t.same(begun, ['a1', 'b1', '-1', '-2', 'a2']);
  for (const { resolve } of open.values()) resolve(settledWith({}));
  await Promise.all(all);
});

t.test('whoever a line is about as well waits for it, and it for them', async (t) => {
  const { begun, open, send } = begin();
  const all = ['ab1', 'cb1', 'a2', 'ca2', 'd1'].map(send);
  t.same(begun, ['ab1', 'd1']);
  open.get('ab1')?.resolve(settledWith({}));
  await turn();
  t.same(begun, ['ab1', 'd1', 'cb1', 'a2']);
  open.get('cb1')?.resolve(settledWith({}));
  await turn();
  t.same(begun, ['ab1', 'd1', 'cb1', 'a2'], 'one of two is not enough');
  open.get('a2')?.resolve(settledWith({}));
  await turn();
  t.same(begun.at(-1), 'ca2');
  for (const { resolve } of open.values()) resolve(settledWith({}));
  await Promise.all(all);
});

for (const code of ['delivery-unavailable', 'quota-exceeded'] as const) {
  t.test(`${code} is given to all that wait, about whomever, and to what comes then`, async (t) => {
    const { begun, refused, open, send } = begin();
    const all = ['a1', 'a2', 'a3', 'b1', 'b2'].map(send);
    open.get('a1')?.resolve(settledWith({ problem: new Problem(code, 'for a while') }));
    await turn();
    open.get('b1')?.resolve(settledWith({}));
    await turn();
    await send('a4');
    t.same(begun, ['a1', 'b1'], 'nothing overtakes');
    t.same(
      refused.toSorted(),
      ['a2', 'a3', 'a4', 'b2'].map((line) => [line, code]),
    );
    t.match((await Promise.all(all))[1], { outcome: { problem: { code } } });
  });
}

t.test('so is what could not be recorded', async (t) => {
  const { begun, refused, open, send } = begin();
  const [first, second] = [send('a1'), send('a2')];
  open.get('a1')?.reject(new Problem('log-unavailable', 'The disk is full.'));
  await t.rejects(first as Promise<Settled>, { code: 'log-unavailable' });
  await second;
  t.same([begun, refused], [['a1'], [['a2', 'log-unavailable']]]);
});
