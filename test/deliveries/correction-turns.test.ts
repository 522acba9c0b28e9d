/** The place of a correction in the order: that of what it stands in for, unless it would go before what is about somebody whom that does not name. */

import { randomUUID } from 'node:crypto';
import t, { type Test } from 'tap';
import { createAccepting } from '../../src/deliveries/acceptance.ts';
import { createDeliverySecrets } from '../../src/deliveries/secrets.ts';
import type { OfferedPush } from '../../src/exchange/ports.ts';
import { entryFixture } from '../support/entry-fixture.ts';
import { startPostgres } from '../support/servers.ts';
import { shippedPush } from '../support/service-fixture.ts';
import { makeDatabase, openState, runSql } from '../support/state-fixture.ts';

t.setTimeout(60_000);

const url = await makeDatabase((await startPostgres(t)).url);
const database = openState(t, url);
await database.opened(AbortSignal.timeout(30_000));
const accepting = createAccepting({
  database,
  secrets: createDeliverySecrets(Buffer.alloc(32)),
  origin: 'test.example/corrections',
  settings: { acceptBatchMax: 100, acceptPendingMax: 100, nameWaitMs: 250 },
  settleLeft: async () => true,
});

function marriage(husband: string, wife: string, corrects?: string): OfferedPush {
  const exchangeId = randomUUID();
  const value = { husband: { pin: husband }, wife: { pin: wife } };
  return {
    service: shippedPush('register-marriage'),
    message: { exchangeId, value } as unknown as OfferedPush['message'],
    sender: 'VN/GOV/H26/one-stop' as OfferedPush['sender'],
    acceptedAtMs: 0,
    messageName: undefined,
    official: undefined,
    issue: undefined,
    corrects,
    content: Buffer.from(JSON.stringify(value)),
    entry: entryFixture(),
  };
}

/** Its acceptance stands in the log. */
async function accept(push: OfferedPush): Promise<string> {
  const { exchangeId } = await accepting.accept(push);
  await runSql(url, `UPDATE deliveries SET log_index = 1 WHERE id = '${exchangeId}'`);
  accepting.end(exchangeId);
  return exchangeId;
}

const settle = (id: string) =>
  runSql(url, `UPDATE deliveries SET final_ms = 1 WHERE id = '${id}'; DELETE FROM delivery_turns WHERE id = '${id}'`);

/** Ids of what is not settled and about them, the next one first. */
async function order(...ids: readonly string[]): Promise<unknown[]> {
  const rows = await runSql(
    url,
    `SELECT id FROM delivery_turns WHERE id = ANY ('{${ids}}') GROUP BY id ORDER BY min(turn), min(seq)`,
  );
  return rows.map(({ id }) => id);
}

async function refused(t: Test, push: OfferedPush): Promise<void> {
  await t.rejects(accepting.accept(push), {
    code: 'state-conflict',
    detail: /somebody whom that push does not name.*discarded.*without/,
  });
  const id = push.message.exchangeId;
  t.same(await runSql(url, `SELECT id FROM deliveries WHERE id = '${id}' OR corrected_by = '${id}'`), []);
  t.same(await order(id), []);
}

t.test('about somebody whom the corrected one does not name, it does not go before what came earlier', async (t) => {
  const wrong = await accept(marriage('husband-1', 'wrong-1'));
  const earlier = await accept(marriage('other-1', 'right-1'));
  await refused(t, marriage('husband-1', 'right-1', wrong));
  await settle(earlier);
  const right = await accept(marriage('husband-1', 'right-1', wrong));
  const behind = await accept(marriage('another-1', 'right-1'));
  t.same(await order(wrong, right, behind), [wrong, right, behind]);
});

t.test(
  'what is before the corrected one is waited for, and what is about those whom it names stays behind',
  async (t) => {
    const before = await accept(marriage('other-2', 'right-2'));
    const wrong = await accept(marriage('husband-2', 'wrong-2'));
    const behind = await accept(marriage('husband-2', 'wrong-2'));
    const right = await accept(marriage('husband-2', 'right-2', wrong));
    t.same(await order(before, wrong, right, behind), [before, wrong, right, behind]);
  },
);

t.test('a correction of a correction looks from the place that both have', async (t) => {
  const wrong = await accept(marriage('husband-3', 'wrong-3'));
  const between = await accept(marriage('other-3', 'right-3'));
  const again = await accept(marriage('husband-3', 'wrong-again-3', wrong));
  await settle(wrong);
  await refused(t, marriage('husband-3', 'right-3', again));
  await settle(between);
  await accept(marriage('husband-3', 'right-3', again));
});

t.test('two in one batch do not pass each other', async (t) => {
  const one = await accept(marriage('husband-4', 'wrong-4'));
  const two = await accept(marriage('husband-5', 'wrong-5'));
  const corrections = [marriage('husband-4', 'right-4', one), marriage('husband-5', 'right-4', two)];
  const outcomes = await Promise.allSettled(corrections.map((push) => accepting.accept(push)));
  t.same(
    outcomes.map(({ status }) => status),
    ['fulfilled', 'rejected'],
  );
});

t.test('what is settled has no place to give: its correction comes behind what has come since', async (t) => {
  const wrong = await accept(marriage('husband-6', 'wife-6'));
  const since = await accept(marriage('husband-6', 'other-6'));
  await settle(wrong);
  const right = await accept(marriage('husband-6', 'wife-6', wrong));
  t.same(await order(since, right), [since, right]);
});
