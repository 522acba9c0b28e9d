/** The state database is opened behind the gateway's back, waited for by nobody, and its outages are told once. */

import { once } from 'node:events';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import t, { type Test } from 'tap';
import { migrate } from '../../src/state/migrate.ts';
import { openState as openNow } from '../../src/state/open-state.ts';
import { openSession, RowLocked } from '../../src/state/session.ts';
import { openStateDatabase } from '../../src/state/state-database.ts';
import { createStateWrites } from '../../src/state/state-writes.ts';
import { statement } from '../../src/state/statements.ts';
import { eventually } from '../support/eventually.ts';
import { startPostgres } from '../support/servers.ts';
import { makeDatabase, openState, runSql, silentWrites, stateLimits } from '../support/state-fixture.ts';

t.setTimeout(120_000);

const server = await startPostgres(t);
const one = statement('one', 'SELECT 1 AS one');
const slow = statement('slow', 'SELECT pg_sleep(:seconds::float)');

t.test('it answers once it is open, and what comes before is refused at once', async (t) => {
  const state = openState(t, await makeDatabase(server.url));
  await t.rejects(state.query(one), { name: 'SourceError', message: /not open yet/ });
  const session = await state.connect(AbortSignal.timeout(10_000));
  t.same(await session.query(one), [{ one: 1 }]);
  t.same(await state.query(one), [{ one: 1 }]);
  await state.check();
  await session.close();
  await state.close();
  await t.rejects(state.query(one));
});

t.test('an outage is told once, and so is its end', async (t) => {
  const own = await startPostgres(t);
  const url = await makeDatabase(own.url);
  await own.kill();
  const told: string[] = [];
  const observer = { up: () => void told.push('up'), down: () => void told.push('down') };
  const state = openStateDatabase({
    locate: async () => ({ url }),
    limits: stateLimits,
    observer,
    writes: silentWrites(),
  });
  t.teardown(() => state.close());
  await sleep(300);
  t.same(told, ['down']);
  await own.start();
  await (await state.connect(AbortSignal.timeout(10_000))).close();
  t.same(told, ['down', 'up']);
  await own.kill();
  for (let round = 0; round < 3; round += 1) await t.rejects(state.check(), { name: 'SourceError' });
  t.same(told, ['down', 'up', 'down']);
  await own.start();
  await state.check();
  t.same(told, ['down', 'up', 'down', 'up']);
});

t.test('a database that answers and takes no writes', async (t) => {
  const url = await makeDatabase(server.url);
  const told: string[] = [];
  const observer = { up: () => void told.push('up'), down: () => void told.push('down') };
  const writes = createStateWrites({ heldMs: 300, refused: (reason) => void told.push(reason) });
  const state = openStateDatabase({ locate: async () => ({ url }), limits: stateLimits, observer, writes });
  t.teardown(() => state.close());
  await state.opened(AbortSignal.timeout(10_000));
  const session = await state.connect(AbortSignal.timeout(10_000));
  t.teardown(() => session.close());
  const checked = () =>
    state.check().then(
      () => 'well',
      ({ kind }: { kind: string }) => kind,
    );
  const noRoom = "DO $$ BEGIN RAISE EXCEPTION 'no room' USING ERRCODE = 'disk_full'; END $$";

  await t.test('says so when it is asked, and that it takes them again', async (t) => {
    const setReadOnly = async (value: string) => {
      await runSql(server.url, `ALTER SYSTEM SET default_transaction_read_only = ${value}`);
      await runSql(server.url, 'SELECT pg_reload_conf()');
    };
    t.teardown(() => setReadOnly('off'));
    await state.check();
    await setReadOnly('on');
    await eventually(async () => (await checked()) === 'read-only');
    t.equal(writes.refusal(), 'read-only');
    await setReadOnly('off');
    await eventually(async () => (await checked()) === 'well');
    t.equal(writes.refusal(), undefined);
    t.same(told, ['up', 'read-only'], 'which is no outage');
  });

  const ways: readonly [string, () => Promise<unknown>][] = [
    ['a statement', () => state.execute(noRoom)],
    ['a transaction', () => state.transaction((transaction) => transaction.execute(noRoom))],
    ['whoever has a connection of its own', () => session.query(statement('no-room', noRoom))],
  ];
  for (const [way, meet] of ways) {
    await t.test(`is known by what ${way} met, for as long as it is worth`, async (t) => {
      told.length = 0;
      await t.rejects(meet(), { name: 'SourceError' });
      await t.rejects(state.check(), { name: 'WritesRefused', kind: 'full' });
      t.same(told, ['full']);
      await sleep(350);
      await state.check();
      t.equal(writes.refusal(), undefined);
      t.same(told, ['full']);
    });
  }
});

t.test('a server that takes connections and says nothing holds up nobody for longer than the limit', async (t) => {
  const silent = createServer(() => undefined).listen(0, '127.0.0.1');
  t.teardown(() => void silent.close());
  await once(silent, 'listening');
  const { port } = silent.address() as { port: number };
  const state = openState(t, `postgres://x@127.0.0.1:${port}/x`, { connectTimeoutMs: 100 });
  await t.rejects(state.check(), { message: /not open yet/ });
  await t.rejects(state.connect(AbortSignal.timeout(300)), { name: 'TimeoutError' });
  const startMs = performance.now();
  await state.close();
  t.ok(performance.now() - startMs < 2000);
});

t.test('statements have a time limit, and so many may wait and no more', async (t) => {
  const limits = { ...stateLimits, poolMax: 1, waitingMax: 2, statementTimeoutMs: 300 };
  const state = await openNow({ url: await makeDatabase(server.url) }, limits);
  t.teardown(() => state.close());
  await t.rejects(state.query(slow, { seconds: 5 }), { name: 'SourceError', message: /slow: SQLSTATE 57014/ });
  const running = Array.from({ length: 3 }, () => state.query(slow, { seconds: 0.1 }));
  await t.rejects(state.query(one), { name: 'SourceError', message: /2 questions wait already/ });
  await Promise.all(running);
  t.same(await state.query(one), [{ one: 1 }]);
});

t.test('a transaction is all or nothing', async (t) => {
  const url = await makeDatabase(server.url);
  const session = await openSession({ url }, stateLimits);
  t.teardown(() => session.close());
  await session.query(statement('table', 'CREATE TABLE kept (number integer)'));
  const insert = statement('insert', 'INSERT INTO kept VALUES (:number)');
  const failing = session.transaction(async () => {
    await session.query(insert, { number: 1 });
    throw new Error('no');
  });
  await t.rejects(failing, { message: 'no' });
  await session.transaction(() => session.query(insert, { number: 2 }), 1000);
  t.same(await runSql(url, 'SELECT number FROM kept'), [{ number: 2 }]);
});

t.test('what hangs in the middle of a transaction holds its locks for no longer than the limit', async (t) => {
  const url = await makeDatabase(server.url);
  const state = openState(t, url, { idleTransactionMs: 300 });
  await state.opened(AbortSignal.timeout(10_000));
  await runSql(url, 'CREATE TABLE kept (number integer); INSERT INTO kept VALUES (0)');
  const add = statement('add', 'UPDATE kept SET number = number + 1 RETURNING number');
  const hanging = state.transaction(async (transaction) => {
    await transaction.query(add);
    await sleep(1500);
    await transaction.query(add);
  });
  hanging.catch(() => undefined);
  await sleep(100);
  t.same(await state.query(add), [{ number: 1 }], 'another one goes on');
  await t.rejects(hanging, { name: 'SourceError', kind: 'unavailable' });
  t.same(await state.query(add), [{ number: 2 }], 'nothing of it is there');
  const committing = state.transaction(async (transaction) => {
    await transaction.query(add);
    await sleep(700);
  });
  await t.rejects(committing, { name: 'SourceError', kind: 'unavailable' });
  t.same(await state.query(add), [{ number: 3 }]);
});

t.test('whoever is not to wait for a lock is told so', async (t) => {
  const url = await makeDatabase(server.url);
  const state = openState(t, url);
  await state.opened(AbortSignal.timeout(10_000));
  await runSql(url, 'CREATE TABLE kept (number integer); INSERT INTO kept VALUES (0)');
  const add = statement('add', 'UPDATE kept SET number = number + 1 RETURNING number');
  await state.transaction(async (transaction) => {
    await transaction.query(add);
    const impatient = state.transaction((other) => other.query(add), { lockTimeoutMs: 50 });
    t.type(await impatient.catch((error: unknown) => error), RowLocked);
  });
  t.same(await state.query(add), [{ number: 2 }]);
});

t.test('the server looks whether those are there who say nothing', async (t) => {
  const session = await openSession({ url: await makeDatabase(server.url) }, { ...stateLimits, peerLostSeconds: 8 });
  t.teardown(() => session.close());
  const names = ['idle', 'interval', 'count'].map((name) => `tcp_keepalives_${name}`);
  const shown = [...names, 'tcp_user_timeout', 'idle_in_transaction_session_timeout'].map((name) =>
    session.query<Record<string, string>>(statement('show', `SHOW ${name}`)),
  );
  const values = (await Promise.all(shown)).flatMap(([row]) => Object.values(row ?? {}));
  t.same(values, ['2', '2', '3', '8000', '2s']);
});

t.test('migrations', async (t) => {
  async function apply(t: Test, url: string, files: Readonly<Record<string, string>>): Promise<void> {
    const folder = t.testdir({});
    await mkdir(folder, { recursive: true });
    for (const [name, sql] of Object.entries(files)) await writeFile(path.join(folder, name), sql);
    const session = await openSession({ url }, stateLimits);
    try {
      await migrate(session, pathToFileURL(`${folder}/`), 5000);
    } finally {
      await session.close();
    }
  }
  const first = { '0001-first.sql': 'CREATE TABLE first (a int); INSERT INTO first VALUES (1)' };
  const both = { ...first, '0002-second.sql': 'UPDATE first SET a = a + 1' };

  await t.test('each is applied once, in order, and recorded', async (t) => {
    const url = await makeDatabase(server.url);
    await apply(t, url, first);
    await apply(t, url, both);
    await apply(t, url, both);
    t.same(await runSql(url, 'SELECT a FROM first'), [{ a: 2 }]);
    t.same(await runSql(url, 'SELECT number, name FROM state_migrations ORDER BY 1'), [
      { number: 1, name: '0001-first' },
      { number: 2, name: '0002-second' },
    ]);
  });

  await t.test('gateways that start together wait for each other', async (t) => {
    const url = await makeDatabase(server.url);
    const states = await Promise.all(Array.from({ length: 5 }, () => openNow({ url }, stateLimits)));
    await Promise.all(states.map((state) => state.close()));
    const shipped = await readdir(new URL('../../src/state/migrations/', import.meta.url));
    t.same(await runSql(url, 'SELECT count(*)::int AS applied FROM state_migrations'), [{ applied: shipped.length }]);
  });

  await t.test('one that fails leaves nothing behind', async (t) => {
    const url = await makeDatabase(server.url);
    const wrong = { ...first, '0002-wrong.sql': 'UPDATE nothing SET a = 1' };
    await t.rejects(apply(t, url, wrong), { name: 'SourceError', message: /0002-wrong: SQLSTATE 42P01/ });
    await t.rejects(runSql(url, 'SELECT a FROM first'), { code: '42P01' });
    await apply(t, url, first);
  });

  await t.test('the schema of a newer gateway is refused', async (t) => {
    const url = await makeDatabase(server.url);
    await apply(t, url, both);
    await t.rejects(apply(t, url, first), { message: /has schema 2, this gateway knows 1: start the newer gateway/ });
  });
});
