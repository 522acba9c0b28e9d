/** Commits whose answer never comes: what was said is not said twice, and nothing stays in a hand that does not know of it. */

import t, { type Test } from 'tap';
import { createPushPlace, until } from '../support/push-place.ts';
import { runSql } from '../support/state-fixture.ts';

t.setTimeout(120_000);

const place = await createPushPlace(t);
// Longer than the first pause before a push is tried again: it is taken anew before its last move is repeated.
const gateway = await place.gateway({ deliveries: { retryMs: 3000 } });
await gateway.start();
const pin = '099190000001';

/** Every state once, each in the log at its place, one effect, and nothing left in hand. */
async function arrivesOnce(t: Test, id: string, line: string) {
  const push = await until(
    async () => (await gateway.ask(`/v1/exchanges/${id}`)).body,
    ({ final }) => final === true,
  );
  t.equal(push.state, 'delivered');
  const ids = push.transitions.map((one: { id: string }) => one.id);
  t.same([...new Set(ids)], ids, 'each transition once');
  t.equal((await place.effects(pin)).filter((one) => one === line).length, 1);
  const left = await runSql(
    place.stateUrl,
    `SELECT (SELECT count(*)::int FROM deliveries WHERE worker IS NOT NULL) AS held,
       (SELECT count(*)::int FROM lienthong_jobs.job WHERE state = 'active') AS active`,
  );
  t.same(left, [{ held: 0, active: 0 }]);
}

t.test('a push that goes back to its queue is taken again before anybody knows that it did', async (t) => {
  await place.registry.down();
  const lost = place.stateProxy.loseCommitAfter('"state":"retrying"');
  const { body } = await gateway.push(pin, 'trở lại');
  await lost;
  await until(
    () => runSql(place.stateUrl, `SELECT taking::int FROM deliveries WHERE id = '${body.exchangeId}'`),
    ([row]) => Number(row?.taking) > 1,
  );
  await place.registry.up();
  await arrivesOnce(t, body.exchangeId, 'trở lại');
});

t.test('a leg whose beginning is said twice has one entry', async (t) => {
  const lost = place.stateProxy.loseCommitAfter('"state":"delivering"');
  const { body } = await gateway.push(pin, 'bắt đầu');
  await lost;
  await arrivesOnce(t, body.exchangeId, 'bắt đầu');
});

t.test('what was taken without knowing it is found by the sweep', async (t) => {
  const lost = place.stateProxy.loseCommitAfter('lienthong claim');
  const { body } = await gateway.push(pin, 'đã lấy');
  await lost;
  await arrivesOnce(t, body.exchangeId, 'đã lấy');
});

t.test('a job in hand whose push is in nobody’s is found by the sweep', async (t) => {
  await place.registry.down();
  const { body } = await gateway.push(pin, 'mồ côi');
  const isJob = (state: string) => runSql(place.stateUrl, `SELECT 1 FROM lienthong_jobs.job WHERE state = '${state}'`);
  await until(
    () => isJob('retry'),
    (rows) => rows.length === 1,
  );
  await runSql(place.stateUrl, `UPDATE lienthong_jobs.job SET state = 'active', started_on = now()`);
  await place.registry.up();
  await arrivesOnce(t, body.exchangeId, 'mồ côi');
});
