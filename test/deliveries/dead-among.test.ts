/** A dead letter is found behind what it holds, push by push, and no further than so many of them. */

import { randomUUID } from 'node:crypto';
import t from 'tap';
import { readStatement } from '../../src/state/statements.ts';
import { startPostgres } from '../support/servers.ts';
import { makeDatabase, openState, runSql } from '../support/state-fixture.ts';

t.setTimeout(60_000);

const url = await makeDatabase((await startPostgres(t)).url);
const database = openState(t, url);
await database.opened(AbortSignal.timeout(30_000));
const deadAmong = readStatement(new URL('../../src/deliveries/sql/', import.meta.url), 'dead-among');

t.test('a chain in which each is held by the one before it is followed for so many steps', async (t) => {
  const chain = Array.from({ length: 5 }, () => randomUUID());
  for (const [at, id] of chain.entries()) {
    await runSql(
      url,
      `WITH added AS (
         INSERT INTO deliveries (id, origin, log_index, accepted_ms, since_ms, sender, service, version, registry, order_key,
           message_digest, state)
         VALUES ('${id}', 'o', 1, 0, 0, 's', 'p', 'v1', 'population', 'p${at}', '', '${at === 0 ? 'dead' : 'accepted'}')
         RETURNING id, seq)
       INSERT INTO delivery_turns (id, person, turn, seq)
       SELECT id, person, seq, seq FROM added CROSS JOIN unnest('{p${at},p${at + 1}}'::text[]) AS person`,
    );
  }
  const last = chain[4] as string;
  const found = (stepsMax: number) => database.query(deadAmong, { ids: [last], stepsMax });
  t.same(await found(4), [{ id: last }]);
  t.same(await found(3), []);
});
