/** What is taken out of queues in which pushes about one person are not in their order: by two gateways, by one that ended, or because they go to two registries. */

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import t from 'tap';
import { type Claimed, createClaims } from '../../src/deliveries/claims.ts';
import { createQueues } from '../../src/deliveries/queues.ts';
import { createTurnCheck } from '../../src/deliveries/turn-check.ts';
import { readStatement, statement } from '../../src/state/statements.ts';
import { until } from '../support/push-place.ts';
import { createRandom } from '../support/random-fixture.ts';
import { startPostgres } from '../support/servers.ts';
import { makeDatabase, openState, runSql } from '../support/state-fixture.ts';

t.setTimeout(120_000);

const server = await startPostgres(t);
const url = await makeDatabase(server.url);
const database = openState(t, url);
await database.opened(AbortSignal.timeout(30_000));
const queues = createQueues(database, (error) => t.fail(String(error)));
t.teardown(() => queues.close());
await queues.open(['population', 'judicial']);
const nowMs = () => Date.now();
const claims = createClaims({
  database,
  queues,
  origin: 'test.example/claims',
  nowMs,
  settings: { leaseSeconds: 30 },
});
const release = readStatement(new URL('../../src/deliveries/sql/', import.meta.url), 'release');
const ended = statement('ended', 'UPDATE deliveries SET final_ms = 1 WHERE id = :id::uuid');

interface Given {
  readonly id: string;
  readonly registry: string;
  readonly people: readonly string[];
}

const given = (registry: string, ...people: readonly string[]): Given => ({ id: randomUUID(), registry, people });

/** In that order. */
async function acceptAll(pushes: readonly Given[]): Promise<void> {
  const rows = pushes.map(
    ({ id, registry, people }) => `WITH added AS (
       INSERT INTO deliveries (id, origin, log_index, accepted_ms, sender, service, version, registry, order_key,
         message_digest, since_ms) VALUES ('${id}', 'o', 1, 0, 's', 'p', 'v1', '${registry}', '${people[0]}', '', 0)
       RETURNING id, seq)
     INSERT INTO delivery_turns (id, person, turn, seq)
     SELECT id, person, seq, seq FROM added CROSS JOIN unnest('{${people}}'::text[]) AS person`,
  );
  await runSql(url, rows.join(';'));
}

/** In the order of acceptance. */
async function accept(orderKey: string, count: number): Promise<string[]> {
  const pushes = Array.from({ length: count }, () => given('population', orderKey));
  await acceptAll(pushes);
  return pushes.map(({ id }) => id);
}

/** Each in a transaction of its own, as several outboxes do it. */
async function enqueue(orderKey: string, ids: readonly string[], registry = 'population'): Promise<void> {
  for (const id of ids) {
    await database.transaction((transaction) => queues.add(transaction, registry, [{ id, orderKey }]));
  }
}

async function enqueueAll(pushes: readonly Given[]): Promise<void> {
  for (const { id, registry, people } of pushes) await enqueue(people[0] as string, [id], registry);
}

async function settle(registry: string, { id, job, taking }: Pick<Claimed, 'id' | 'job' | 'taking'>): Promise<void> {
  await database.transaction(async (transaction) => {
    await transaction.query(release, { ids: [id], takings: [taking], origin: 'test.example/claims' });
    await transaction.query(ended, { id });
    await queues.finish(transaction, registry, [job]);
    await queues.settle(transaction, [id]);
  });
}

/** What is taken one after the other, each settled before the next; ends where a look finds nothing. */
async function drain(): Promise<string[]> {
  const order: string[] = [];
  for (;;) {
    const taken = await claims.take('population', 10);
    if (taken.length === 0) return order;
    for (const { id, job, taking } of taken) {
      order.push(id);
      await settle('population', { id, job, taking });
    }
  }
}

t.test(
  'a chain about one person with a hundred pairs out of order drains in its order, and no look finds nothing',
  async (t) => {
    const ids = await accept('one', 300);
    const disordered = ids.map((_, at) => ids[at % 3 === 0 ? at + 1 : at % 3 === 1 ? at - 1 : at] as string);
    await enqueue('one', disordered);
    t.same(await drain(), ids);
  },
);

t.test('one whose push is the last in the queue and the first about the person holds nobody up', async (t) => {
  const ids = await accept('two', 50);
  await enqueue('two', [...ids].reverse());
  t.same(await drain(), ids);
});

t.test('what came before and is not in the queue is waited for, and the others keep their places', async (t) => {
  const [first, second, third] = (await accept('three', 3)) as [string, string, string];
  await enqueue('three', [second, third]);
  t.same(await drain(), []);
  await enqueue('three', [first]);
  const order = await drain();
  while (order.length < 3) {
    await sleep(50);
    order.push(...(await drain()));
  }
  t.same(order, [first, second, third]);
});

/** Ids of what can be taken there now. */
async function taken(registry: string): Promise<readonly Claimed[]> {
  return claims.take(registry, 10);
}

t.test('what is about one of its people at another registry holds it; others go on; its end wakes it', async (t) => {
  const death = given('judicial', 'wife');
  const marriage = given('population', 'husband', 'wife');
  const later = given('population', 'husband');
  const other = given('population', 'somebody else');
  const pushes = [death, marriage, later, other];
  await acceptAll(pushes);
  await enqueueAll(pushes);
  const [somebodys, ...none] = await taken('population');
  t.equal(somebodys?.id, other.id);
  t.same([none, await taken('population')], [[], []], 'the others sleep');
  const [first] = await taken('judicial');
  t.equal(first?.id, death.id);
  for (const next of [marriage, later]) {
    const before = (next === marriage ? first : await taken('population').then(([one]) => one)) as Claimed;
    await settle(before.registry, before);
    if (next === marriage) t.same(await taken('judicial'), []);
  }
  const [last] = await taken('population');
  t.equal(last?.id, later.id);
  await settle('population', last as Claimed);
  await settle('population', somebodys as Claimed);
});

t.test(
  'a correction whose place is before one that was in hand already when that came about waits for it',
  async (t) => {
    const inHand = given('judicial', 'right wife');
    const correction = given('population', 'bridegroom', 'right wife');
    await acceptAll([inHand, correction]);
    await enqueueAll([inHand, correction]);
    const [first] = (await taken('judicial')) as [Claimed];
    for (const table of ['deliveries', 'delivery_turns']) {
      await runSql(url, `UPDATE ${table} SET turn = 0 WHERE id = '${correction.id}'`);
    }
    t.same(await taken('population'), []);
    await settle('judicial', first);
    const [second] = await until(
      () => taken('population'),
      ({ length }) => length > 0,
    );
    t.equal(second?.id, correction.id);
    await settle('population', second as Claimed);
  },
);

t.test('a follower whose job somebody has locked is waited for, not passed by', async (t) => {
  const first = given('judicial', 'locked');
  const second = given('population', 'locked');
  await acceptAll([first, second]);
  await enqueueAll([first, second]);
  t.same(await taken('population'), [], 'it sleeps');
  const [one] = (await taken('judicial')) as [Claimed];
  const other = new pg.Client(url);
  await other.connect();
  // As pg-boss does with a job that has come to sleep since it looked.
  await other.query(`BEGIN; SELECT 1 FROM lienthong_jobs.job WHERE id = '${second.id}' FOR UPDATE`);
  const settled = settle('judicial', one);
  await sleep(200);
  await other.query('COMMIT');
  await other.end();
  await settled;
  const [next] = await taken('population');
  t.equal(next?.id, second.id);
  await settle('population', next as Claimed);
});

t.test('whom a gateway that knows no turns leaves asleep, or behind something settled, is found', async (t) => {
  const settledElsewhere = given('judicial', 'old');
  const asleep = given('population', 'old');
  const both = [settledElsewhere, asleep];
  await acceptAll(both);
  await enqueueAll(both);
  t.same(await taken('population'), [], 'it sleeps');
  const [one] = (await taken('judicial')) as [Claimed];
  await database.transaction(async (transaction) => {
    await transaction.query(ended, { id: one.id });
    await queues.finish(transaction, 'judicial', [one.job]);
  });
  const woken: string[] = [];
  const check = () => createTurnCheck({ database, queues, rowsMax: 1, woken: (names) => woken.push(...names) });
  const look = check();
  while (woken.length === 0) await look();
  t.same(woken, ['population']);
  const [next] = (await taken('population')) as [Claimed];
  t.equal(next.id, asleep.id);

  const later = given('judicial', 'old');
  await acceptAll([later]);
  await enqueueAll([later]);
  t.same(await taken('judicial'), [], 'it sleeps');
  await runSql(url, `DELETE FROM delivery_turns WHERE id = '${next.id}'`);
  const again = check();
  while (woken.length === 1) await again();
  t.same(woken, ['population', 'judicial']);
  const [last] = (await taken('judicial')) as [Claimed];
  t.equal(last.id, later.id);
  await settle('judicial', last);
});

t.test('sets that cross each other are taken one after the other', async (t) => {
  const pushes = [given('population', 'a', 'b'), given('judicial', 'b', 'c'), given('population', 'c', 'a')];
  await acceptAll(pushes);
  await enqueueAll([...pushes].reverse());
  const order: string[] = [];
  while (order.length < pushes.length) {
    const [one, ...more] = [...(await taken('population')), ...(await taken('judicial'))];
    t.same(more, [], 'one at a time');
    t.ok(one, 'something can be taken');
    if (one === undefined) return;
    order.push(one.id);
    await settle(one.registry, one);
  }
  t.same(
    order,
    pushes.map(({ id }) => id),
  );
});

t.test(
  'whoever takes and settles at the same time, none is taken before its turn, and none sleeps for ever',
  async (t) => {
    const random = createRandom(77);
    const registries = ['population', 'judicial'];
    const people = ['p', 'q', 'r', 's', 'u', 'v'];
    const pushes = Array.from({ length: 240 }, () => {
      const some = Array.from({ length: 1 + random.below(3) }, () => random.pick(people));
      return given(random.pick(registries), ...new Set(some));
    });
    await acceptAll(pushes);
    const open = new Map(pushes.map((push, turn) => [push.id, { ...push, turn }]));
    const early: string[] = [];
    const deadlineMs = Date.now() + 60_000;
    async function work(registry: string): Promise<void> {
      while (open.size > 0 && Date.now() < deadlineMs) {
        const held = await claims.take(registry, 3);
        for (const one of held) {
          const mine = open.get(one.id) as Given & { turn: number };
          const before = [...open.values()].find(
            ({ turn, people: theirs }) => turn < mine.turn && theirs.some((person) => mine.people.includes(person)),
          );
          if (before !== undefined) early.push(`${mine.turn} before ${before.turn}`);
        }
        await Promise.all(
          held.map(async (one) => {
            await sleep(random.below(5));
            open.delete(one.id);
            await settle(registry, one);
          }),
        );
        if (held.length === 0) await sleep(5);
      }
    }
    await Promise.all([enqueueAll(pushes), ...[...registries, ...registries, ...registries].map(work)]);
    t.same(early, []);
    t.same([...open.values()], [], 'all were taken');
  },
);

t.test('the age of a push counts from its first try, and anew from its redelivery', async (t) => {
  const cases: readonly (readonly [object[], number | undefined])[] = [
    [[{ state: 'accepted', timeMs: 1 }], undefined],
    [
      [
        { state: 'accepted', timeMs: 1 },
        { state: 'delivering', timeMs: 5 },
        { state: 'retrying', timeMs: 6 },
      ],
      5,
    ],
    [
      [
        { state: 'delivering', timeMs: 5 },
        { state: 'dead', timeMs: 6 },
        { state: 'retrying', timeMs: 9 },
        { state: 'delivering', timeMs: 10 },
      ],
      9,
    ],
  ];
  for (const [at, [transitions, triedSinceMs]] of cases.entries()) {
    const [id] = (await accept(`aged-${at}`, 1)) as [string];
    await runSql(url, `UPDATE deliveries SET transitions = '${JSON.stringify(transitions)}' WHERE id = '${id}'`);
    await enqueue(`aged-${at}`, [id]);
    const [taken] = await claims.take('population', 1);
    t.match(taken, { id, triedSinceMs });
    t.equal(taken?.triedSinceMs, triedSinceMs);
  }
});
