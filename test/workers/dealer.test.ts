/** No connection is lost while workers come and go. */

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import t, { type Test } from 'tap';
import { createDealer } from '../../src/workers/dealer.ts';
import { eventually } from '../support/eventually.ts';

async function start(t: Test, { waitingMax = 100, waitMsMax = 10_000 } = {}) {
  const refused: Socket[] = [];
  const dealer = createDealer({ waitingMax, waitMsMax, standIn: (socket) => refused.push(socket.end('refused')) });
  const url = await dealer.listen('127.0.0.1', 0);
  t.teardown(() => dealer.close(0));
  const dial = async () => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    t.teardown(() => socket.destroy());
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    return socket;
  };
  return { dealer, dial, refused };
}

t.test('connections are dealt in turn', async (t) => {
  const { dealer, dial } = await start(t);
  const dealt: number[] = [];
  for (const number of [1, 2]) dealer.add(number, async () => dealt.push(number) > 0);
  for (let count = 0; count < 6; count += 1) await dial();
  await eventually(() => dealt.length === 6);
  t.same(dealt, [1, 2, 1, 2, 1, 2]);
});

t.test('while nobody is there connections wait, so many as may', async (t) => {
  const { dealer, dial } = await start(t, { waitingMax: 2 });
  const sockets = [await dial(), await dial(), await dial()];
  const [, , last] = sockets as [Socket, Socket, Socket];
  await once(last.resume(), 'close');
  let dealt = 0;
  dealer.add(1, async () => {
    dealt += 1;
    return true;
  });
  await eventually(() => dealt === 2);
  t.notOk(sockets[0]?.destroyed);
});

t.test('what a worker does not take, or has not taken when it ends, goes to another', async (t) => {
  const { dealer, dial } = await start(t);
  const ended = Promise.withResolvers<boolean>();
  const dying = () => ended.promise;
  dealer.add(1, dying);
  await dial();
  await dial();
  let taken = 0;
  dealer.add(2, async () => {
    taken += 1;
    return true;
  });
  dealer.remove(1, dying);
  ended.reject(new Error('the worker has ended'));
  await eventually(() => taken === 2);
  t.equal(taken, 2);
});

t.test('a worker that takes nothing in hand gets no more than a few', async (t) => {
  const { dealer, dial } = await start(t);
  let stuck = 0;
  let taken = 0;
  dealer.add(1, () => {
    stuck += 1;
    return new Promise(() => undefined);
  });
  dealer.add(2, async () => {
    taken += 1;
    return true;
  });
  for (let count = 0; count < 20; count += 1) await dial();
  await eventually(() => stuck + taken === 20);
  t.ok(stuck <= 4, `${stuck} lie with the one that has stopped`);
});

t.test('what was accepted before it closes is taken, and nothing is accepted afterwards', async (t) => {
  const { dealer, dial } = await start(t);
  await dial();
  const closed = dealer.close(5_000);
  await t.rejects(dial(), { code: 'ECONNREFUSED' });
  let taken = 0;
  dealer.add(1, async () => {
    taken += 1;
    return true;
  });
  await closed;
  t.equal(taken, 1);
});

t.test('who is not taken in time is refused, and not kept waiting', async (t) => {
  const { dealer, dial, refused } = await start(t, { waitMsMax: 200 });
  const startedMs = performance.now();
  const [answer] = await once(await dial(), 'data');
  t.equal(String(answer), 'refused');
  t.ok(performance.now() - startedMs < 5_000);
  await dial();
  dealer.add(1, async () => true);
  await new Promise((resolve) => setTimeout(resolve, 400));
  t.equal(refused.length, 1, 'who was taken is not');
});

t.test('where no worker is to be hoped for, who comes is refused at once until there is one', async (t) => {
  const { dealer, dial } = await start(t);
  let taken = 0;
  const take = async () => {
    taken += 1;
    return true;
  };
  const waiting = await dial();
  dealer.despair();
  for (const socket of [waiting, await dial()]) t.equal(String((await once(socket, 'data'))[0]), 'refused');
  dealer.add(1, take);
  await dial();
  await eventually(() => taken === 1);
  dealer.remove(1, take);
  await dial();
  dealer.add(2, take);
  await eventually(() => taken === 2);
  t.equal(taken, 2, 'one that ends once leaves hope');
});
