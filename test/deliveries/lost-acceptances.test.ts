/** A state database that was put back to an older state than the log: the gateway says which accepted pushes it lacks. */

import t from 'tap';
import { findLost } from '../../src/deliveries/lost-acceptances.ts';
import { startPostgres } from '../support/servers.ts';
import { makeDatabase, openState, runSql } from '../support/state-fixture.ts';

t.setTimeout(60_000);

const origin = 'test.example/lost';
const ids = Array.from({ length: 5 }, (_one, n) => `01a201a3-4fa9-72f4-8622-00000000000${n}`);
const other = '01a201a3-4fa9-72f4-8622-0000000000ff';
const entries = [
  ...ids.map((id) => ({ kind: 'push', status: 202, id })),
  { kind: 'push', status: 409, id: other },
  { kind: 'push', status: 202, id: other, repeats: ids[0] },
  { kind: 'query', status: 200, id: other },
]
  .map((entry) => ({ ...entry, time: '2026-11-01T00:00:00.000Z' }))
  .map((entry) => Buffer.from(JSON.stringify(entry)));
const log = {
  size: () => entries.length,
  readEntries: async (from: number, count: number) => entries.slice(from, from + Math.min(count, 2)),
};

const server = await startPostgres(t);
const url = await makeDatabase(server.url);
const database = openState(t, url);
await database.opened(AbortSignal.timeout(30_000));

const lost = (notBefore = '2026-01-01') => findLost({ database, origin, notBeforeMs: Date.parse(notBefore), log });
const keep = (id: string | undefined, index: number) =>
  runSql(
    url,
    `INSERT INTO deliveries (id, origin, log_index, accepted_ms, since_ms, sender, service, version, registry, order_key, message_digest)
     VALUES ('${id}', '${origin}', ${index}, 0, 0, 's', 's', 'v1', 'r', '${id}', '')`,
  );

t.test('with no push in the database, all that the log accepted are lost', async (t) => {
  t.same(await lost(), ids);
  t.same(await lost('2026-11-02'), [], 'what may have been erased by its age is not missed');
});

t.test('what came after the newest push that is known is lost, and nothing else is', async (t) => {
  await keep(ids[0], 0);
  await keep(ids[1], 1);
  await keep(ids[3], 3);
  t.same(await lost(), [ids[4]]);
  await keep(ids[4], 4);
  t.same(await lost(), []);
});
