/** Pushes of a registry that is taken out of the configuration are told of, kept for whoever serves it, and can be discarded. */

import t from 'tap';
import { createQueues } from '../../src/deliveries/queues.ts';
import { createUnserved } from '../../src/deliveries/unserved.ts';
import { createPushPlace, until } from '../support/push-place.ts';
import { openState, runSql } from '../support/state-fixture.ts';

t.setTimeout(120_000);

t.test('each registry that is not served is told of once until nothing stands there', async (t) => {
  const told: [string, number][] = [];
  const unserved = createUnserved({
    registries: ['population'],
    stand: (registry, count) => told.push([registry, count]),
  });
  const one = { count: 1, oldestMs: 0 };
  const gone = { ...one, registry: 'gone' };
  const served = { ...one, registry: 'population', standing: 'waiting' as const };
  unserved.counted([served]);
  t.equal(unserved.any(), false);
  unserved.counted([served, { ...gone, standing: 'waiting' }, { ...gone, standing: 'dead', count: 2 }]);
  unserved.counted([{ ...gone, standing: 'waiting' }]);
  unserved.counted(undefined);
  t.equal(unserved.any(), true);
  t.same(told, [['gone', 3]]);
  unserved.counted([]);
  t.equal(unserved.any(), false);
  unserved.counted([{ ...gone, standing: 'held' }]);
  t.same(told, [
    ['gone', 3],
    ['gone', 1],
  ]);
});

t.test('a gateway that has them is degraded until an operator discards them', async (t) => {
  const place = await createPushPlace(t);
  const gateway = await place.gateway({ deliveries: { stockIntervalMs: 100 } });
  await gateway.start();
  const operator = { role: 'operator' as const, id: 'operator-1' };
  const id = '01981f2e-7c00-7000-8000-000000000001';
  const database = openState(t, place.stateUrl);
  await database.opened(AbortSignal.timeout(30_000));
  const queues = createQueues(database, (error) => t.fail(String(error)));
  t.teardown(() => queues.close());
  await queues.open(['gone']);
  await runSql(
    place.stateUrl,
    `INSERT INTO deliveries (id, origin, log_index, accepted_ms, since_ms, sender, service, version, registry, order_key,
       message_digest) VALUES ('${id}', 'o', 1, 0, 0, 's', 'p', 'v1', 'gone', 'somebody', '');
     INSERT INTO delivery_turns (id, person, turn, seq) SELECT id, 'somebody', seq, seq FROM deliveries`,
  );
  await database.transaction((transaction) => queues.add(transaction, 'gone', [{ id, orderKey: 'somebody' }]));
  const health = (isOk: boolean) =>
    until(
      async () => {
        const { dependencies } = (await gateway.ask('/health/ready')).body;
        return dependencies.find(({ name }: { name: string }) => name === 'deliveries');
      },
      (deliveries) => deliveries?.ok === isOk,
    );
  t.match(await health(false), { ok: false, vital: false, reason: 'registry-not-served' });
  const body = { reason: 'cannot-be-delivered' };
  t.equal((await gateway.ask(`/v1/admin/dead-letters/${id}/discard`, { ...operator, body })).status, 204);
  t.match(await health(true), { ok: true });
});
