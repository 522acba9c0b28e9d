/** As long as the disk holds the record of an acceptance back, the push is kept and nothing is done with it. */

import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { pushesTo, startBadRegister } from '../support/bad-register.ts';
import { startGateway } from '../support/gateway.ts';
import { type WatchedDisk, watchDisk } from '../support/log-disk-fixture.ts';
import { until } from '../support/push-place.ts';
import { residenceChange, residenceService, sender } from '../support/residence-change.ts';
import { startPostgres } from '../support/servers.ts';
import { makeDatabase, runSql } from '../support/state-fixture.ts';

t.setTimeout(60_000);

/** Many looks of a pump at its queue. */
const heldMs = 500;

const register = await startBadRegister(t);
const stateUrl = await makeDatabase((await startPostgres(t)).url);
let disk: WatchedDisk | undefined;
const { url, token } = await startGateway(t, {
  wrapLogDisk: (real) => {
    disk = watchDisk(real);
    return disk;
  },
  ...pushesTo(register, stateUrl),
});

async function push(line: string): Promise<Response> {
  return fetch(`${url}/r1/${residenceService}/v1`, {
    method: 'POST',
    headers: {
      ...{ authorization: `Bearer ${await token(sender)}`, 'x-road-client': sender },
      ...{ 'content-type': 'application/json', 'x-road-id': line },
    },
    body: JSON.stringify(residenceChange('099190000001', line)),
  });
}

/** Of pushes and of jobs. */
async function standing(): Promise<Record<string, unknown>> {
  const sql = `SELECT (SELECT count(*)::int FROM delivery_unrecorded) AS unrecorded,
    (SELECT count(*)::int FROM deliveries WHERE final_ms IS NULL) AS unsettled,
    (SELECT count(*)::int FROM lienthong_jobs.job) AS jobs`;
  return (await runSql(stateUrl, sql))[0] ?? {};
}

t.test('nothing is delivered, queued or answered before its record is durable', async (t) => {
  await until(
    () => push('first'),
    ({ status }) => status === 202,
  );
  await until(standing, (now) => now.unrecorded === 0 && now.unsettled === 0);
  disk?.hold();
  const pushing = push('second');
  await until(
    () => runSql(stateUrl, 'SELECT FROM deliveries'),
    (rows) => rows.length === 2,
  );
  await sleep(heldMs);
  t.equal(register.requests.length, 1, 'the register has heard nothing');
  t.same(await standing(), { unrecorded: 1, unsettled: 1, jobs: 0 });
  disk?.release();
  t.equal((await pushing).status, 202);
  await until(
    async () => register.effects.length,
    (count) => count === 2,
  );
  t.equal(register.effects.length, 2);
});
