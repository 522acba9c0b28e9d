/** What is taken out of a queue in which pushes about one person are not in their order: by two gateways, or by one that ended. */

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { createClaims } from '../../src/deliveries/claims.ts';
import { createQueues } from '../../src/deliveries/queues.ts';
import { readStatement, statement } from '../../src/state/statements.ts';
import { startPostgres } from '../support/servers.ts';
import { makeDatabase, openState, runSql } from '../support/state-fixture.ts';

t.setTimeout(120_000);

const server = await startPostgres(t);
const url = await makeDatabase(server.url);
const database = openState(t, url);
await database.opened(AbortSignal.timeout(30_000));
const queues = createQueues(database, (error) => t.fail(String(error)));
t.teardown(() => queues.close());
await queues.open(['population']);
const nowMs = () => Date.now();
const claims = createClaims({ database, queues, origin: 'test.example/claims', nowMs });
const settle = readStatement(new URL('../../src/deliveries/sql/', import.meta.url), 'release');
const ended = statement('ended', 'UPDATE deliveries SET final_ms = 1 WHERE id = :id::uuid');

/** In the order of acceptance. */
async function accept(orderKey: string, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, () => randomUUID());
  await runSql(
    url,
    ids
      .map(
        (
          id,
        ) => `INSERT INTO deliveries (id, origin, log_index, accepted_ms, sender, service, version, registry, order_key,
          message_digest, since_ms) VALUES ('${id}', 'o', 1, 0, 's', 'p', 'v1', 'population', '${orderKey}', '', 0);`,
      )
      .join('\n'),
  );
  return ids;
}

/** Each in a transaction of its own, as several outboxes do it. */
async function enqueue(orderKey: string, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    await database.transaction((transaction) => queues.add(transaction, 'population', [{ id, orderKey }]));
  }
}

/** What is taken one after the other, each settled before the next; ends where a look finds nothing. */
async function drain(): Promise<string[]> {
  const order: string[] = [];
  for (;;) {
    const taken = await claims.take('population', 10);
    if (taken.length === 0) return order;
    for (const { id, job, taking } of taken) {
      order.push(id);
      await database.transaction(async (transaction) => {
        await transaction.query(settle, { ids: [id], takings: [taking], origin: 'test.example/claims' });
        await queues.finish(transaction, 'population', [job]);
      });
      await database.query(ended, { id });
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
