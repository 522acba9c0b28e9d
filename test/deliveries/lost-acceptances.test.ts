/** A state database that was put back to an older state than the log: the gateway says which accepted pushes it lacks. */

import t from 'tap';
import { createLostAcceptances } from '../../src/deliveries/lost-acceptances.ts';
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
  .map((entry, minute) => ({ ...entry, durationMs: 0, time: `2026-11-01T00:0${minute}:00.000Z` }))
  .map((entry) => Buffer.from(JSON.stringify(entry)));
const read: number[] = [];
let size = entries.length;
const log = {
  size: () => size,
  async readEntries(from: number, count: number) {
    const found = entries.slice(from, from + Math.min(count, 2));
    read.push(...found.map((_entry, at) => from + at));
    return found;
  },
};

const server = await startPostgres(t);
const url = await makeDatabase(server.url);
const database = openState(t, url);
await database.opened(AbortSignal.timeout(30_000));
await runSql(url, `INSERT INTO delivery_gateways (origin) VALUES ('${origin}')`);

const keep = (id: string | undefined, index: number) =>
  runSql(
    url,
    `INSERT INTO deliveries (id, origin, log_index, accepted_ms, since_ms, sender, service, version, registry, order_key, message_digest)
     VALUES ('${id}', '${origin}', ${index}, 0, 0, 's', 's', 'v1', 'r', '${id}', '')`,
  );
const known = async () => (await runSql(url, 'SELECT known_entries::int AS known FROM delivery_gateways'))[0]?.known;
const setKnown = (entries: number | null) => runSql(url, `UPDATE delivery_gateways SET known_entries = ${entries}`);

/** What a gateway that starts now finds at each look. */
function startLooking(notBefore = '2026-01-01') {
  let lost: string[] = [];
  const acceptances = createLostAcceptances({
    database,
    origin,
    notBeforeMs: () => Date.parse(notBefore),
    log,
    signal: new AbortController().signal,
    lost: (found, count) => {
      t.equal(count, found.length);
      lost = [...found];
    },
  });
  return async () => {
    lost = [];
    read.length = 0;
    await acceptances.look();
    return lost;
  };
}

t.test('with no push in the database, all that the log accepted are lost', async (t) => {
  t.same(await startLooking('2026-11-02')(), [], 'what may have been erased by its age is not missed');
  await setKnown(null);
  t.same(await startLooking('2026-11-01T00:03:00Z')(), ids.slice(3), 'nor what is older than part of it');
  t.notOk(read.includes(0), 'and not read through');
  await setKnown(null);
  t.same(await startLooking()(), ids);
  t.equal(await known(), entries.length);
});

t.test('what the database lacks is found wherever it is, in an older state of it', async (t) => {
  for (const at of [0, 2, 4]) await keep(ids[at], at);
  await setKnown(1);
  t.same(await startLooking()(), [ids[1], ids[3]], 'also before the newest push that is known');
  t.same(await startLooking()(), [], 'told once');
});

t.test('a start reads nothing of what is known, however long the log is', async (t) => {
  t.same(await startLooking()(), []);
  t.same(read, []);
});

t.test('a database that is put back while the gateway runs is noticed', async (t) => {
  size = entries.length - 1;
  await setKnown(size);
  const look = startLooking();
  t.same(await look(), []);
  size = entries.length;
  t.same(await look(), []);
  t.same([await known(), read], [size, []], 'what comes meanwhile was there before its record');
  await setKnown(1);
  t.same(await look(), [ids[1], ids[3]]);
});
