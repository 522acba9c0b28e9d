/** A pass of the sweep does all that it can: what somebody has locked is passed by, and a step that fails keeps none of the others from being done. */

import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import pg from 'pg';
import t, { type Test } from 'tap';
import { createQueues } from '../../src/deliveries/queues.ts';
import { createSweep } from '../../src/deliveries/sweep.ts';
import { until } from '../support/push-place.ts';
import { startPostgres } from '../support/servers.ts';
import { makeDatabase, openState, runSql } from '../support/state-fixture.ts';

t.setTimeout(60_000);

const origin = 'test.example/sweep';
const url = await makeDatabase((await startPostgres(t)).url);
// Whoever waited for a lock would fail, and be told of.
const database = openState(t, url, { statementTimeoutMs: 500 });
await database.opened(AbortSignal.timeout(30_000));
const queues = createQueues(database, (error) => t.fail(String(error)));
t.teardown(() => queues.close());
await queues.open(['population']);

/** Of a gateway that is gone, in its hand; final ones ended long ago. */
async function left(by: string, isFinal = false): Promise<string> {
  const id = randomUUID();
  await runSql(
    url,
    `INSERT INTO delivery_gateways (origin, seen) VALUES ('${by}', now() - interval '1 day') ON CONFLICT DO NOTHING;
     INSERT INTO deliveries (id, origin, log_index, accepted_ms, sender, service, version, registry, order_key,
       message_digest, since_ms, final_ms, worker)
     VALUES ('${id}', '${by}', 1, 0, 's', 'p', 'v1', 'population', '${id}', '', 0, ${isFinal ? 1 : null},
       ${isFinal ? null : `'${by}'`});
     INSERT INTO delivery_messages (id, content) VALUES ('${id}', '');`,
  );
  return id;
}

/** A session that locks rows and says no more. */
async function locked(sql: string): Promise<pg.Client> {
  const client = new pg.Client(url);
  t.teardown(() => client.end());
  await client.connect();
  await client.query(`BEGIN; ${sql} FOR UPDATE`);
  return client;
}

/** Passes without a pause between them, for as long as the test of that name takes. */
function sweep(told: unknown[], steps: { correct?: () => Promise<void>; checkTurns?: () => Promise<void> } = {}) {
  const over = new AbortController();
  const nothing = async () => undefined;
  const setup = { database, queues, origin, nowMs: () => Date.now(), signal: over.signal };
  const limits = { sweepMs: 20, leaseSeconds: 30, sweepRowsMax: 100, retainMessageHours: 1, retainStateDays: 1 };
  const { go } = createSweep({
    ...setup,
    settings: limits as Parameters<typeof createSweep>[0]['settings'],
    leftBehind: { settle: nothing, settleOne: async () => true },
    held: () => new Set(),
    correct: steps.correct ?? nothing,
    goOn: nothing,
    checkTurns: steps.checkTurns ?? nothing,
    trouble: (error) => void told.push(error),
  });
  const going = go();
  return async () => {
    over.abort();
    await going;
  };
}

const workers = async (ids: readonly string[]) => {
  const rows = await runSql(url, `SELECT id, worker FROM deliveries WHERE id = ANY ('{${ids}}')`);
  const byId = new Map(rows.map(({ id, worker }) => [id, worker]));
  return ids.map((id) => byId.get(id));
};
async function becomes(t: Test, read: () => Promise<unknown[]>, wanted: unknown[]): Promise<void> {
  t.same(await until(read, (value) => isDeepStrictEqual(value, wanted), 10_000), wanted);
}

const clearedOf = async (by: string) =>
  (await runSql(url, `SELECT cleared FROM delivery_gateways WHERE origin = '${by}'`))[0]?.cleared;

t.test('of what gateways that are gone left, all that nobody has locked is taken over at once', async (t) => {
  const [ofFirst, stuck, ofSecond] = [await left('gone-1'), await left('gone-1'), await left('gone-2')];
  const [erased, kept] = [await left('gone-1', true), await left('gone-1', true)];
  const rows = await locked(`SELECT FROM deliveries WHERE id IN ('${stuck}', '${kept}')`);
  const gateway = await locked("SELECT FROM delivery_gateways WHERE origin = 'gone-2'");
  const told: unknown[] = [];
  const end = sweep(told);
  await becomes(t, () => workers([ofFirst, stuck, ofSecond]), [null, 'gone-1', 'gone-2']);
  await becomes(t, () => workers([erased, kept]), [undefined, null]);
  t.equal(await clearedOf('gone-1'), false, 'it is looked after for as long as something of it is locked');
  await rows.query('ROLLBACK');
  await gateway.query('ROLLBACK');
  await becomes(t, () => workers([ofFirst, stuck, ofSecond]), [null, null, null]);
  await becomes(t, () => workers([kept]), [undefined]);
  await becomes(t, async () => [await clearedOf('gone-1'), await clearedOf('gone-2')], [true, true]);
  await end();
  t.same(told, []);
});

t.test('a step that fails keeps none of the others from being done, and is told once', async (t) => {
  const told: unknown[] = [];
  let [corrected, checked] = [0, 0];
  const end = sweep(told, {
    correct: async () => {
      corrected += 1;
      throw new Error('not corrected');
    },
    checkTurns: async () => {
      checked += 1;
      throw new Error('not checked');
    },
  });
  const old = await left('gone-3', true);
  await becomes(t, async () => [corrected > 3, checked > 3, ...(await workers([old]))], [true, true, undefined]);
  await end();
  t.same(told.map(String), ['Error: not corrected', 'Error: not checked']);
});
