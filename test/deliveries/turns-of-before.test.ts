/** Pushes that were accepted before turns were kept for each person: those that are not settled have theirs afterwards. */

import { readdirSync, readFileSync } from 'node:fs';
import t from 'tap';
import { startPostgres } from '../support/servers.ts';
import { makeDatabase, openState, runSql } from '../support/state-fixture.ts';

t.setTimeout(120_000);

const folder = new URL('../../src/state/migrations/', import.meta.url);
const turns = '0007-turns.sql';
const server = await startPostgres(t);
const url = await makeDatabase(server.url);

t.test('what is not settled keeps its place, what is has none', async (t) => {
  const before = readdirSync(folder).filter((name) => name < turns);
  await runSql(
    url,
    'CREATE TABLE state_migrations (number integer PRIMARY KEY, name text NOT NULL, applied timestamptz)',
  );
  for (const name of before) {
    await runSql(url, readFileSync(new URL(name, folder), 'utf8'));
    await runSql(url, `INSERT INTO state_migrations (number, name) VALUES (${Number.parseInt(name, 10)}, '${name}')`);
  }
  // Settled, held behind a dead letter, and in the place of another one.
  const rows = [
    ['a', '1', 'NULL'],
    ['a', 'NULL', 'NULL'],
    ['a', 'NULL', 'NULL'],
    ['b', 'NULL', '2'],
  ];
  for (const [at, [person, finalMs, turn]] of rows.entries()) {
    await runSql(
      url,
      `INSERT INTO deliveries (id, origin, log_index, accepted_ms, since_ms, sender, service, version, registry, order_key,
         message_digest, final_ms, turn)
       VALUES ('00000000-0000-7000-8000-00000000000${at}', 'o', 1, 0, 0, 's', 'p', 'v1', 'population', '${person}', '',
         ${finalMs}, ${turn})`,
    );
  }
  await openState(t, url).opened(AbortSignal.timeout(30_000));
  const kept = await runSql(url, 'SELECT person, turn::int, seq::int FROM delivery_turns ORDER BY turn, seq');
  t.same(kept, [
    { person: 'a', turn: 2, seq: 2 },
    { person: 'b', turn: 2, seq: 4 },
    { person: 'a', turn: 3, seq: 3 },
  ]);
});
