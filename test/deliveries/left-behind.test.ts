/** Looking for what was left behind must cost nothing while pushes come and go: the log is searched for those alone about which nothing is done. */

import { randomUUID } from 'node:crypto';
import t from 'tap';
import { createLeftBehind } from '../../src/deliveries/left-behind.ts';
import { createDeliverySecrets } from '../../src/deliveries/secrets.ts';
import type { StateQueries } from '../../src/state/session.ts';
import { startPostgres } from '../support/servers.ts';
import { makeDatabase, openState, runSql } from '../support/state-fixture.ts';

t.setTimeout(60_000);

const origin = 'test.example/left-behind';
const url = await makeDatabase((await startPostgres(t)).url);
const database = openState(t, url);
await database.opened(AbortSignal.timeout(30_000));

async function keep(): Promise<string> {
  const id = randomUUID();
  await runSql(
    url,
    `INSERT INTO deliveries (id, origin, accepted_ms, sender, service, version, registry, order_key, message_digest, since_ms)
     VALUES ('${id}', '${origin}', 0, 's', 'p', 'v1', 'population', '${id}', '', 0);
     INSERT INTO delivery_messages (id, content) VALUES ('${id}', '');
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
