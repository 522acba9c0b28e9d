/** Who has many exchanges looked up keeps nobody else's receipt waiting. */

import t from 'tap';
import { createLookUpTurns } from '../src/look-up-turns.ts';

const { signal } = new AbortController();
const limits = { lookUpsWaitingMax: 4, lookUpWaitMs: 10_000 };

t.test('askers take turns, one look-up at a time', async (t) => {
  const turns = createLookUpTurns({ ...limits, lookUpsWaitingMax: 100 });
  const order: string[] = [];
  let atOnce = 0;
  const lookUp = async (asker: string) => {
    const end = await turns.take({ asker, signal });
    atOnce += 1;
    t.equal(atOnce, 1);
    order.push(asker);
    await new Promise((resolve) => setImmediate(resolve));
    atOnce -= 1;
    end();
  };
  await Promise.all([...Array.from({ length: 50 }, () => lookUp('ministry')), lookUp('commune')]);
  t.ok(order.indexOf('commune') <= 2, order.join(' '));
});

t.test('the line is bounded, and whoever has fewest in it is let in all the same', async (t) => {
  const turns = createLookUpTurns(limits);
  const end = await turns.take({ asker: 'ministry', signal });
  const waiting = Array.from({ length: 6 }, () => turns.take({ asker: 'ministry', signal }));
  const commune = turns.take({ asker: 'commune', signal });
  const refused = await Promise.allSettled([waiting[3], waiting[4], waiting[5]]);
  for (const one of refused) {
    t.match(one, { status: 'rejected', reason: { code: 'overloaded', retryAfterSeconds: 1 } });
  }
  end();
  for (const turn of [...waiting.slice(0, 3), commune]) void turn.then((endTurn) => endTurn());
  await Promise.all([...waiting.slice(0, 3), commune]);
});

t.test('whoever hangs up, or whose time is over, leaves the line', async (t) => {
  const turns = createLookUpTurns({ ...limits, lookUpWaitMs: 20 });
  const end = await turns.take({ asker: 'ministry', signal });
  const gone = new AbortController();
  const leaving = turns.take({ asker: 'commune', signal: gone.signal });
  gone.abort(new Error('gone'));
  await t.rejects(leaving, { message: 'gone' });
  await t.rejects(turns.take({ asker: 'commune', signal }), { code: 'overloaded' });
  end();
  (await turns.take({ asker: 'commune', signal }))();
});
