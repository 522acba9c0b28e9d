/** The small parts of deliveries, each by what it promises. */

import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { createBatches } from '../../src/deliveries/batches.ts';
import { createGate } from '../../src/deliveries/gate.ts';
import { createPace } from '../../src/deliveries/pace.ts';
import { nextTryMs } from '../../src/deliveries/retry-time.ts';
import { createDeliverySecrets } from '../../src/deliveries/secrets.ts';

const here = new AbortController().signal;

t.test(
  'what comes in during a batch goes out together as the next one, and a failure is told to its own batch',
  async (t) => {
    const batches: number[][] = [];
    const { add, idle } = createBatches<number, string>({
      itemsMax: 3,
      pendingMax: 5,
      overlapMax: 1,
      full: () => new Error('full'),
      run: async (items) => {
        batches.push([...items]);
        await sleep(5);
        if (items.includes(4)) throw new Error('four');
        return items.map(String);
      },
    });
    const given = [1, 2, 3, 4, 5].map((item) => add(item));
    await t.rejects(add(6), { message: 'full' });
    t.same(
      (await Promise.allSettled(given)).map(({ status }) => status),
      [...Array(3).fill('fulfilled'), ...Array(2).fill('rejected')],
    );
    t.equal(await add(7), '7');
    await idle();
    t.same(batches, [[1, 2, 3], [4, 5], [7]]);
  },
);

t.test('a batch that lets the next one follow is answered before it all the same', async (t) => {
  const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const begun: number[] = [];
  const { add, idle } = createBatches<number, number>({
    itemsMax: 1,
    pendingMax: 5,
    overlapMax: 2,
    full: () => new Error('full'),
    run: async (items, mayFollow) => {
      const [item = 0] = items;
      begun.push(item);
      mayFollow();
      await gates[item]?.promise;
      if (item === 0) throw new Error('none');
      return items;
    },
  });
  const answered: number[] = [];
  const given = [0, 1, 2].map((item) =>
    add(item)
      .catch(() => -1)
      .then((answer) => answered.push(answer)),
  );
  await sleep(5);
  t.same(begun, [0, 1], 'no more than two at once');
  gates[1]?.resolve();
  gates[2]?.resolve();
  await sleep(5);
  t.same(answered, [], 'the second one waits for the first');
  gates[0]?.resolve();
  await Promise.all(given);
  await idle();
  t.same(answered, [-1, 1, 2]);
});

t.test('a gate lets so many in, in the order in which they came, and whoever gives up leaves the line', async (t) => {
  const gate = createGate(1);
  const leave = await gate.enter(here);
  const order: string[] = [];
  const tired = new AbortController();
  const first = gate.enter(tired.signal);
  const second = gate.enter(here).then((out) => {
    order.push('second');
    out();
  });
  const third = gate.enter(here).then(() => order.push('third'));
  tired.abort(new Error('tired'));
  await t.rejects(first, { message: 'tired' });
  t.same(order, []);
  leave();
  leave();
  await Promise.all([second, third]);
  t.same(order, ['second', 'third']);
});

t.test('a pace spreads beginnings evenly, and no burst follows a pause', (t) => {
  let now = 0;
  const pace = createPace(100, () => now);
  const inASecond = () => Array.from({ length: 20 }, () => pace.next()).filter((waitMs) => waitMs === 0).length;
  const begun = inASecond();
  t.ok(begun <= 12, `${begun} at once`);
  now = 60_000;
  t.ok(inASecond() <= 12);
  t.end();
});

t.test('retries come later and later, never all together, and end by number or age', (t) => {
  const policy = { triesMax: 5, ageHoursMax: 1, backoffMinMs: 1000, backoffMaxMs: 4000 };
  const at = (tries: number, random: number, nowMs = 0) => nextTryMs({ policy, tries, sinceMs: 0, nowMs, random });
  t.same(
    [1, 2, 3, 4].map((tries) => [at(tries, 0), at(tries, 1)]),
    [
      [500, 1000],
      [1000, 2000],
      [2000, 4000],
      [2000, 4000],
    ],
  );
  const asked = (retryAfterMs: number) =>
    nextTryMs({ policy, tries: 1, sinceMs: 0, nowMs: 0, random: 0, retryAfterMs });
  t.same(
    [asked(0), asked(3000), asked(86_400_000)],
    [500, 3000, 4000],
    'a registry may ask for more time, within limits',
  );
  t.equal(at(5, 0), undefined);
  t.equal(at(1, 0, 3_600_000), undefined);
  t.end();
});

t.test('a sealed message opens for its own exchange and part only, under its own key only', (t) => {
  const secrets = createDeliverySecrets(Buffer.alloc(32, 1));
  const other = createDeliverySecrets(Buffer.alloc(32, 2));
  const sealed = secrets.seal('one', 'message', 'Nguyễn');
  t.equal(secrets.open('one', 'message', sealed), 'Nguyễn');
  t.throws(() => secrets.open('two', 'message', sealed));
  t.throws(() => secrets.open('one', 'results', sealed));
  t.throws(() => other.open('one', 'message', sealed));
  t.throws(() => secrets.open('one', 'message', Buffer.concat([sealed, Buffer.of(0)])));
  t.not(secrets.fingerprint.toString('hex'), other.fingerprint.toString('hex'));
  t.not(secrets.name('order', 'x', 'base64'), secrets.name('issue', 'x', 'base64'));
  t.equal(secrets.name('issue', 'ẵ', 'base64'), secrets.name('issue', Buffer.from('ẵ'), 'base64'));
  t.end();
});
