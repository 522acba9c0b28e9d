/** What stands is known again soon after the state database was stalled, and as long as it is not, nobody says that all is well. */

import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { watchStock } from '../../src/deliveries/stock.ts';
import type { StateQueries } from '../../src/state/session.ts';
import { makeDeadLetter } from '../support/dead-letter.ts';
import { createPushPlace, until } from '../support/push-place.ts';
import { openState, runSql } from '../support/state-fixture.ts';

t.setTimeout(120_000);

const place = await createPushPlace(t);
const pin = '099190000001';
const settings = { stockIntervalMs: 100, stockIntervalMsMax: 400 };

t.test(
  'after a stall a dead letter is soon seen, and until then the gateway does not say that it is well',
  async (t) => {
    const gateway = await place.gateway({
      deliveries: settings,
      settings: { state: { statementTimeoutMs: 1000, connectTimeoutMs: 500 }, health: { checkIntervalMs: 50 } },
    });
    await gateway.start();
    const deliveries = async () => {
      const { dependencies } = (await gateway.ask('/health/ready')).body;
      return dependencies.find(({ name }: { name: string }) => name === 'deliveries');
    };
    t.match(await until(deliveries, (health) => health?.ok === true), { ok: true });
    place.stateProxy.freeze();
    t.match(await until(deliveries, (health) => health?.ok === false), { ok: false, reason: 'not-counted' });
    place.stateProxy.thaw();
    const backMs = performance.now();
    t.match(await until(deliveries, (health) => health?.ok === true), { ok: true });
    t.ok(performance.now() - backMs < 10_000, `known again after ${Math.round(performance.now() - backMs)} ms`);
    await makeDeadLetter(place, gateway, pin, 'sau khi treo');
    t.match(await until(deliveries, (health) => health?.ok === false), { ok: false, reason: 'dead-letters' });
    await gateway.terminate();
  },
);

t.test(
  'a count that took long makes the next pause no longer than its limit, one that failed no longer at all',
  async (t) => {
    const state = openState(t, place.stateUrl);
    const counts: { readonly beganMs: number; readonly endedMs: number; readonly isKnown: boolean }[] = [];
    let slowMs = 0;
    const slowly: StateQueries['query'] = async (statement, values) => {
      await runSql(place.stateUrl, `SELECT pg_sleep(${slowMs / 1000})`);
      return state.query(statement, values);
    };
    let beganMs = 0;
    const watch = watchStock({
      database: {
        opened: state.opened,
        query: (statement, values) => {
          beganMs = performance.now();
          return slowly(statement, values);
        },
      },
      settings,
      counted: (stock) => void counts.push({ beganMs, endedMs: performance.now(), isKnown: stock !== undefined }),
      failed: () => undefined,
    });
    t.teardown(() => watch.close());
    t.equal(watch.isKnown(), true, 'in its first moments nothing is amiss');
    const counted = (wanted: number) =>
      until(
        async () => counts.length,
        (known) => known >= wanted,
      );
    const pauseAfter = async (index: number) => {
      await counted(index + 2);
      return (counts[index + 1]?.beganMs ?? 0) - (counts[index]?.endedMs ?? 0);
    };
    slowMs = 200;
    const pauseMs = await pauseAfter(1);
    t.ok(pauseMs > 300 && pauseMs < 1500, `a pause of ${pauseMs} ms`);
    await runSql(place.stateUrl, 'ALTER TABLE deliveries RENAME TO away');
    const from = counts.length + 1;
    await counted(from + 1);
    t.equal(watch.isKnown(), false);
    t.equal(watch.latest(), undefined);
    const failedPauseMs = await pauseAfter(from - 1);
    t.ok(failedPauseMs < 300, `a pause of ${failedPauseMs} ms after the first failure`);
    await runSql(place.stateUrl, 'ALTER TABLE away RENAME TO deliveries');
    await until(async () => watch.isKnown(), Boolean);
    t.equal(watch.isKnown(), true);
  },
);

t.test('what is not counted in time after the start is not known', async (t) => {
  const watch = watchStock({
    database: { opened: (signal) => sleep(60_000, undefined, { signal }) as Promise<never>, query: () => sleep(0, []) },
    settings,
    counted: () => undefined,
    failed: () => undefined,
  });
  t.teardown(() => watch.close());
  t.equal(watch.isKnown(), true);
  await sleep(settings.stockIntervalMs + 20);
  t.equal(watch.isKnown(), false);
});
