/** Looking for what was left behind must cost nothing while pushes come and go: the log is searched for those alone about which nothing is done. */

import { randomUUID } from 'node:crypto';
import t from 'tap';
import { createLeftBehind } from '../../src/deliveries/left-behind.ts';
import { createDeliverySecrets } from '../../src/deliveries/secrets.ts';
import { createReceipts } from '../../src/exchange-log/receipts.ts';
import { realDisk } from '../../src/exchange-log/store/disk.ts';
import { createLookUpTurns } from '../../src/look-up-turns.ts';
import type { StateQueries } from '../../src/state/session.ts';
import { entryFixture } from '../support/entry-fixture.ts';
import { createKillableDisk } from '../support/killable-disk.ts';
import { killLog, makeLogFolder, openTestLog } from '../support/log-fixture.ts';
import { startPostgres } from '../support/servers.ts';
import { makeDatabase, openState, runSql } from '../support/state-fixture.ts';

t.setTimeout(60_000);

const origin = 'test.example/left-behind';
const url = await makeDatabase((await startPostgres(t)).url);
const database = openState(t, url);
await database.opened(AbortSignal.timeout(30_000));

async function keep(id: string = randomUUID(), content = ''): Promise<string> {
  await runSql(
    url,
    `INSERT INTO deliveries (id, origin, accepted_ms, sender, service, version, registry, order_key, message_digest, since_ms)
     VALUES ('${id}', '${origin}', 0, 's', 'p', 'v1', 'population', '${id}', '', 0);
     INSERT INTO delivery_messages (id, content) VALUES ('${id}', '\\x${content}');
     INSERT INTO delivery_unrecorded (id, origin) VALUES ('${id}', '${origin}');`,
  );
  return id;
}

t.test('of three pushes the log is searched for the one that was left behind', async (t) => {
  const [underWay, ended, left] = [await keep(), await keep(), await keep()];
  const searched: string[] = [];
  const sent: string[] = [];
  let looks = 0;
  const whileRead: StateQueries['query'] = async (...query) => {
    const rows = await database.query(...query);
    looks += 1;
    if (looks === 1) await runSql(url, `DELETE FROM delivery_unrecorded WHERE id = '${ended}'`);
    return rows as never;
  };
  const leftBehind = createLeftBehind({
    database: { ...database, query: whileRead },
    secrets: createDeliverySecrets(Buffer.alloc(32)),
    log: { refusal: () => undefined, record: () => Promise.reject(new Error('it stands in the log')) },
    findInLog: async (id) => {
      searched.push(id);
      return { index: 7, entry: Buffer.from(JSON.stringify({ kind: 'push', status: 202 })) };
    },
    origin,
    nowMs: () => 0,
    settings: { leaseSeconds: 30, sweepRowsMax: 100 },
    outbox: { recorded: (id) => sent.push(id), refused: () => t.fail(), close: async () => undefined },
    accepting: { isUnderWay: (id) => id === underWay, begin: () => undefined, placed: () => undefined },
  });
  await leftBehind.settle();
  t.same(searched, [left]);
  t.same(sent, [left]);
});

t.test('a push is recorded late once, though the gateway is killed again before the database knows', async (t) => {
  await runSql(url, 'DELETE FROM delivery_unrecorded');
  const acceptedMs = Date.UTC(2026, 4, 1);
  const hex = acceptedMs.toString(16).padStart(12, '0');
  const id = `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000001`;
  const secrets = createDeliverySecrets(Buffer.alloc(32));
  const entry = entryFixture({ id, kind: 'push', status: 202, time: new Date(acceptedMs).toISOString() });
  await keep(id, secrets.seal(id, 'message', JSON.stringify({ value: {}, entry })).toString('hex'));
  const folder = await makeLogFolder(t);

  /** What the database would be told. */
  async function settleAndDie(nowMs: number): Promise<{ told: unknown[]; size: number }> {
    const disk = createKillableDisk();
    const log = await openTestLog({ folder, disk });
    // The late entry is the first of its bundle.
    const others = Array.from({ length: log.size() === 0 ? 256 : 0 }, (_one, nth) =>
      log.record(entryFixture({ time: new Date(acceptedMs + nth).toISOString() })),
    );
    await Promise.all(others);
    const receipts = createReceipts({
      log,
      disk: realDisk,
      folder,
      settings: { checkpointWaitMs: 1000, clockStepMs: 5000 },
      turns: createLookUpTurns({ lookUpsWaitingMax: 10, lookUpWaitMs: 10_000 }),
      arrivalMsMax: 120_000,
    });
    const told: unknown[] = [];
    const leftBehind = createLeftBehind({
      database,
      secrets,
      log,
      findInLog: (id) => receipts.find(id, { asker: '', signal: new AbortController().signal }),
      origin,
      nowMs: () => nowMs,
      settings: { leaseSeconds: 30, sweepRowsMax: 100 },
      outbox: {
        recorded: (...place) => told.push(place),
        refused: () => t.fail(),
        close: async () => undefined,
      },
      accepting: { isUnderWay: () => false, begin: () => undefined, placed: () => undefined },
    });
    await leftBehind.settle();
    const size = log.size();
    await killLog(log, disk);
    return { told, size };
  }

  const expected = { told: [[id, 256]], size: 257 };
  t.same(await settleAndDie(acceptedMs + 600_000), expected);
  t.same(await settleAndDie(acceptedMs + 1_200_000), expected, 'found by the next process');
});
