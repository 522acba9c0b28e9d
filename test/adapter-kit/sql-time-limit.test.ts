/** What is left of a call's budget reaches the database server, and whoever gives a call up ends it there. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t, { type Test } from 'tap';
import type { CallSignal } from '../../src/adapter-kit/call-signal.ts';
import { sqlSource } from '../../src/adapter-kit/sql-source.ts';
import { createTimeLimit } from '../../src/adapter-kit/sql-time-limit.ts';
import { createBreakers } from '../../src/breaker/breakers.ts';
import { eventually } from '../support/eventually.ts';
import { startMariaDb, startPostgres } from '../support/servers.ts';
import { shippedService } from '../support/service-fixture.ts';

const engines = {
  PostgreSQL: {
    start: startPostgres,
    limit: "SELECT setting::int AS ms FROM pg_settings WHERE name = 'statement_timeout'",
    sleep: 'SELECT pg_sleep(:seconds)',
    sleepers:
      "SELECT count(*) AS n FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%pg_sleep%' AND pid <> pg_backend_pid()",
  },
  MariaDB: {
    start: startMariaDb,
    limit: 'SELECT ROUND(@@SESSION.max_statement_time * 1000) AS ms',
    sleep: 'SELECT SLEEP(:seconds)',
    sleepers: "SELECT count(*) AS n FROM information_schema.processlist WHERE info LIKE 'SELECT SLEEP%'",
  },
};

for (const [name, { start, ...statements }] of Object.entries(engines)) {
  t.test(name, async (t) => {
    const server = await start(t);
    const folder = await folderWith(t, statements);
    const open = (statementTimeoutMs = 10_000) => {
      const source = sqlSource({ url: server.url, poolMax: 1, connectTimeoutMs: 2000, statementTimeoutMs }, folder);
      t.teardown(() => source.close());
      return source;
    };
    const watcher = open();
    const sleepers = async () => Number((await watcher.query('sleepers', {}))[0]?.n);

    t.test('the server gives up with the budget, and with the operator’s limit where there is none', async (t) => {
      const source = open();
      const limit = async (signal?: AbortSignal) => Number((await source.query('limit', {}, signal))[0]?.ms);
      t.equal(await limit(), 10_000);
      t.ok(within(await limit(signalOf(2000)), 1900, 2000));
      t.ok(within(await limit(signalOf(300)), 200, 300));
      t.ok(within(await limit(signalOf(280)), 200, 300), 'a limit that is near enough stands');
      t.equal(await limit(signalOf(60_000)), 10_000, 'no budget goes beyond what the operator allows');
      const inTransaction = await source.transaction(async (each) => each.query('limit', {}), signalOf(700));
      t.ok(within(Number(inTransaction[0]?.ms), 600, 700));
      t.equal(await limit(), 10_000);
    });

    t.test('a statement whose gateway does not cancel it ends on the server', async (t) => {
      const source = open();
      const slow = source.query('sleep', { seconds: 20 }, signalOf(400));
      const begunMs = performance.now();
      // MariaDB's SLEEP answers 1 where it was cut short.
      await slow.catch((error) => t.match(error, { name: 'SourceError', kind: 'timeout' }));
      t.ok(performance.now() - begunMs < 5000);
      t.equal(await sleepers(), 0);
    });

    t.test('a caller that hangs up takes the statement off the server', async (t) => {
      const source = open();
      const breakers = createBreakers({ interactiveTurns: 4 }, () => undefined);
      t.teardown(() => breakers.close());
      const caller = new AbortController();
      const service = shippedService('get-person', { timeoutMs: 20_000 });
      const call = breakers.run(service, caller.signal, (budget) => source.query('sleep', { seconds: 15 }, budget));
      call.catch(() => undefined);
      await eventually(async () => (await sleepers()) === 1);
      caller.abort();
      await t.rejects(call, { code: 'client-disconnected' });
      await eventually(async () => (await sleepers()) === 0);
      t.same((await source.query('limit', {})).length, 1, 'its connection serves the next');
    });
  });
}

t.test('a setting that the server did not take is sent again', async (t) => {
  const sent: number[] = [];
  const limit = createTimeLimit(1000, (limitMs, failed) => {
    sent.push(limitMs);
    if (sent.length === 1) failed();
  });
  limit.set(undefined);
  for (const leftMs of [399.2, 399.2, 390, 399.2]) limit.set(leftMs);
  t.same(sent, [400, 400]);
});

const within = (value: number, min: number, max: number) => value >= min && value <= max;

function signalOf(leftMs: number): CallSignal {
  const signal: CallSignal = new AbortController().signal;
  signal.endsAtMs = performance.now() + leftMs;
  return signal;
}

async function folderWith(t: Test, statements: Readonly<Record<string, string>>): Promise<URL> {
  const folder = await mkdtemp(join(tmpdir(), 'time-limit-'));
  t.teardown(() => rm(folder, { recursive: true }));
  for (const [name, text] of Object.entries(statements)) await writeFile(join(folder, `${name}.sql`), text);
  return pathToFileURL(`${folder}/`);
}
