import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t, { type Test } from 'tap';
import type { CallPlace, CallSignal } from '../../src/adapter-kit/call-signal.ts';
import { type SqlSourceSettings, sqlSource } from '../../src/adapter-kit/sql-source.ts';
import { startLoopbackProxy } from '../support/loopback-proxy.ts';
import { startMariaDb, startPostgres, type TestServer } from '../support/servers.ts';
import { startSpoilingFront } from '../support/spoiling-front.ts';

interface Engine {
  readonly start: (t: Test) => Promise<TestServer>;
  readonly statements: Readonly<Record<string, string>>;
}

const shared = {
  echo: 'SELECT :text AS text, :flag AS flag, :nothing AS nothing',
  broken: 'SELECT * FROM no_such_table WHERE pin = :pin',
  schema: 'this is no statement :at $1 ?',
};

const engines: Readonly<Record<string, Engine>> = {
  PostgreSQL: {
    start: startPostgres,
    statements: {
      ...shared,
      echo: 'SELECT :text::text AS text, :flag::int AS flag, :nothing::text AS nothing',
      sleep: 'SELECT pg_sleep(:seconds)',
      sleepers:
        "SELECT count(*) AS n FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%pg_sleep%' AND pid <> pg_backend_pid()",
      sessions:
        'SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
      types:
        "SELECT DATE '2024-02-29' AS day, 9007199254740991::bigint AS exact, 9007199254740993::bigint AS huge, 1.50::numeric(9,2) AS money, TIMESTAMPTZ '2026-01-01 07:00+07' AS moment",
      moment: "SELECT to_char(:at::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') AS at",
      badly: 'SELECT CAST(:value AS date) AS day',
    },
  },
  MariaDB: {
    start: startMariaDb,
    statements: {
      ...shared,
      sleep: 'SELECT SLEEP(:seconds)',
      sleepers: "SELECT count(*) AS n FROM information_schema.processlist WHERE info LIKE 'SELECT SLEEP%'",
      sessions:
        'SELECT count(*) AS n FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()',
      types:
        "SELECT DATE '2024-02-29' AS day, 9007199254740991 AS exact, 9007199254740993 AS huge, CAST(1.50 AS DECIMAL(9,2)) AS money, TIMESTAMP '2026-01-01 00:00:00' AS moment",
      moment: "SELECT DATE_FORMAT(CAST(:at AS DATETIME), '%Y-%m-%d %H:%i:%s') AS at",
      badly: "SELECT CAST(:value AS CHAR) REGEXP '[' AS day",
    },
  },
};

for (const [name, engine] of Object.entries(engines)) {
  t.test(name, async (t) => {
    const server = await engine.start(t);
    const folder = await folderWith(t, engine.statements);
    const settings: SqlSourceSettings = { url: server.url, poolMax: 2, connectTimeoutMs: 2000 };
    const open = (changes: Partial<SqlSourceSettings> = {}) => sqlSource({ ...settings, ...changes }, folder);
    const watcher = open({ poolMax: 1 });
    t.teardown(() => watcher.close());
    const count = async (what: 'sleepers' | 'sessions') => Number((await watcher.query(what, {}))[0]?.n);

    t.test('values travel by name, as they are', async (t) => {
      const source = open();
      const [row] = await source.query('echo', { text: "Nguyễn Thị Hòa'; --", flag: 1, nothing: null });
      t.match(row, { text: "Nguyễn Thị Hòa'; --", nothing: null });
      t.equal(Number(row?.flag), 1);
      await source.close();
    });

    t.test('dates are text, whatever the zone; integers are exact', async (t) => {
      const source = open();
      const [row] = await source.query('types', {});
      t.match(row, { day: '2024-02-29', exact: 9007199254740991, huge: '9007199254740993', money: '1.50' });
      t.match(row?.moment, /^2026-01-01 00:00:00/);
      t.same(await source.query('moment', { at: new Date('2026-01-01T00:00:00Z') }), [{ at: '2026-01-01 00:00:00' }]);
      await source.close();
    });

    t.test('a name or a parameter that is not in the files is a mistake of the adapter', async (t) => {
      const source = open();
      await t.rejects(source.query('no-such', {}), TypeError);
      await t.rejects(source.query('schema', {}), TypeError, 'the schema is no statement');
      await t.rejects(source.query('sleep', {}), { message: 'sleep.sql needs a value for :seconds' });
      await t.rejects(source.query('sleep', { seconds: 0, extra: 1 }), {
        message: 'sleep.sql has no parameter :extra',
      });
      await source.close();
    });

    t.test('a statement that the server refuses failed, and the connection goes on', async (t) => {
      const source = open({ poolMax: 1 });
      await source.check();
      const sessions = await count('sessions');
      await t.rejects(source.query('broken', { pin: '099190000001' }), {
        name: 'SourceError',
        kind: 'failed',
        message: /no_such_table/,
      });
      await source.check();
      await eventually(async () => (await count('sessions')) === sessions);
      await source.close();
    });

    t.test('what the server says about a value is not repeated', async (t) => {
      const source = open();
      const error = await source.query('badly', { value: '099190000001' }).catch((error: Error) => error);
      t.match(error, { name: 'SourceError', kind: /^(?:failed|unstorable)$/, message: /SQLSTATE/ });
      t.notMatch(String(error), /099190000001/);
      await source.close();
    });

    t.test('an abort rejects at once, stops the statement and keeps the connection', async (t) => {
      const source = open({ poolMax: 1 });
      await source.check();
      const sessions = await count('sessions');
      const started = Date.now();
      await t.rejects(source.query('sleep', { seconds: 30 }, AbortSignal.timeout(200)), {
        name: 'SourceError',
        kind: 'timeout',
      });
      t.ok(Date.now() - started < 1000);
      await source.check();
      await eventually(async () => (await count('sleepers')) === 0);
      await eventually(async () => (await count('sessions')) === sessions);
      await source.close();
    });

    t.test(
      'whoever bounds what the server is asked at once learns when it has let go of what was given up',
      async (t) => {
        const source = open({ poolMax: 1 });
        const caller = new AbortController();
        const signal: CallSignal = caller.signal;
        const place: CallPlace = { lingering: undefined };
        signal.place = place;
        const asked = source.query('sleep', { seconds: 30 }, signal);
        await eventually(async () => (await count('sleepers')) === 1);
        caller.abort();
        await t.rejects(asked, { name: 'SourceError' });
        t.ok(place.lingering, 'the caller is free before the connection');
        await place.lingering;
        t.equal(await count('sleepers'), 0);
        await source.close();
      },
    );

    t.test('an abort before the call, or in the queue, costs the server nothing', async (t) => {
      const source = open({ poolMax: 1 });
      await t.rejects(source.query('sleep', { seconds: 30 }, AbortSignal.abort()), {
        name: 'SourceError',
        kind: 'timeout',
      });
      const busy = source.query('sleep', { seconds: 0.4 });
      await t.rejects(source.query('sleep', { seconds: 30 }, AbortSignal.timeout(50)), {
        name: 'SourceError',
        kind: 'timeout',
      });
      await busy;
      await eventually(async () => (await count('sleepers')) === 0);
      await source.close();
    });

    t.test('a call that was cancelled harms none of those that follow', async (t) => {
      const proxy = await startLoopbackProxy(t, server.url);
      const source = open({ url: proxy.url, poolMax: 1 });
      for (let round = 0; round < 40; round++) {
        const abandoned = source.query('sleep', { seconds: 5 }, AbortSignal.timeout(round));
        const following = source.query('sleep', { seconds: 0.001 });
        await t.rejects(abandoned, { name: 'SourceError', kind: 'timeout' });
        await following;
      }
      await source.close();
    });

    t.test('the server gives up a statement that runs too long', async (t) => {
      const source = open({ statementTimeoutMs: 200 });
      await t.rejects(source.query('sleep', { seconds: 30 }), { name: 'SourceError', kind: 'timeout' });
      await eventually(async () => (await count('sleepers')) === 0);
      await source.close();
    });

    t.test('more calls than the pool and its queue hold are refused at once', async (t) => {
      const source = open({ poolMax: 2, queueMax: 3 });
      const calls = Array.from({ length: 8 }, () => source.query('sleep', { seconds: 0.2 }));
      const outcomes = await Promise.allSettled(calls);
      t.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 5);
      for (const outcome of outcomes.slice(5))
        t.match(outcome, { reason: { name: 'SourceError', kind: 'unavailable' } });
      await source.close();
    });

    t.test('close gives up what is under way and leaves no session behind', async (t) => {
      const source = open();
      const calls = [1, 2, 3].map(() => source.query('sleep', { seconds: 30 }));
      const outcomes = Promise.allSettled(calls);
      await new Promise((resolve) => setTimeout(resolve, 100));
      await Promise.all([source.close(), source.close()]);
      for (const outcome of await outcomes) t.match(outcome, { reason: { name: 'SourceError', kind: 'unavailable' } });
      await t.rejects(source.check(), { name: 'SourceError', kind: 'unavailable' });
      await eventually(async () => (await count('sessions')) === 0);
      await eventually(async () => (await count('sleepers')) === 0);
    });

    t.test('a connection cut in the middle is unavailable, the next call gets a new one', async (t) => {
      const proxy = await startLoopbackProxy(t, server.url);
      const source = open({ url: proxy.url });
      await source.check();
      proxy.cut();
      await new Promise((resolve) => setTimeout(resolve, 50));
      await source.check();
      const cutShort = source.query('sleep', { seconds: 30 });
      setTimeout(() => proxy.cut(), 100);
      await t.rejects(cutShort, { name: 'SourceError', kind: 'unavailable' });
      await source.check();
      await source.close();
    });

    t.test('a connection that is lost in the midst of an answer is told as one that was lost', async (t) => {
      let isSick = false;
      const half = (bytes: Buffer) => (isSick ? bytes.subarray(0, Math.ceil(bytes.length / 2)) : bytes);
      const front = await startSpoilingFront(t, server.url, half, () => isSick);
      const source = open({ url: front, poolMax: 1 });
      const ask = () => source.query('echo', { text: 'a', flag: 1, nothing: null });
      await ask();
      isSick = true;
      await t.rejects(ask(), { name: 'SourceError', kind: 'unavailable', isLost: true });
      isSick = false;
      t.equal((await ask()).length, 1, 'whoever only reads asks anew, and has all of it');
      await source.close();
    });

    t.test('a server that hangs holds its callers no longer than they wait', async (t) => {
      const proxy = await startLoopbackProxy(t, server.url);
      const source = open({ url: proxy.url, poolMax: 1, connectTimeoutMs: 300 });
      await source.check();
      proxy.freeze();
      const started = Date.now();
      await t.rejects(source.query('sleep', { seconds: 0 }, AbortSignal.timeout(100)), {
        name: 'SourceError',
        kind: 'timeout',
      });
      await t.rejects(source.query('sleep', { seconds: 0 }, AbortSignal.timeout(100)), {
        name: 'SourceError',
        kind: 'timeout',
      });
      t.ok(Date.now() - started < 1000);
      await t.rejects(
        source.check(),
        { name: 'SourceError', kind: 'unavailable' },
        'the hung connection was cut, and a new one cannot be made',
      );
      proxy.thaw();
      await eventually(() =>
        source.check().then(
          () => true,
          () => false,
        ),
      );
      await source.close();
      t.ok(Date.now() - started < 5000);
    });

    t.test('a wrong user, database or port is unavailable', async (t) => {
      for (const change of [
        (url: URL) => {
          url.pathname = '/no_such_database';
        },
        (url: URL) => {
          url.username = 'nobody';
        },
        (url: URL) => {
          url.port = '1';
        },
      ]) {
        const url = new URL(server.url);
        change(url);
        const source = open({ url: url.href });
        for (let attempt = 0; attempt < 4; attempt++) {
          await t.rejects(
            source.check(),
            { name: 'SourceError', kind: 'unavailable' },
            'again and again: the pool loses no place',
          );
        }
        await source.close();
      }
    });

    t.test('a server that dies takes nobody along, and is found again', async (t) => {
      const source = open();
      const idle = open();
      await idle.check();
      const dying = source.query('sleep', { seconds: 30 });
      dying.catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, 100));
      await server.kill();
      await t.rejects(dying, { name: 'SourceError', kind: 'unavailable' });
      await t.rejects(source.check(), { name: 'SourceError', kind: 'unavailable' });
      await server.start();
      await source.check();
      await idle.check();
      await Promise.all([source.close(), idle.close()]);
    });
  });
}

t.test('settings that cannot work are refused before the first call', async (t) => {
  const folder = await folderWith(t, {});
  const settings = { poolMax: 1, connectTimeoutMs: 100 };
  t.throws(() => sqlSource({ ...settings, url: 'http://localhost/x' }, folder), {
    name: 'SourceError',
    kind: 'unavailable',
  });
  t.throws(() => sqlSource({ ...settings, url: 'postgres://h/d', tls: { caFile: '/nowhere.pem' } }, folder), {
    name: 'SourceError',
  });
});

async function folderWith(t: Test, statements: Readonly<Record<string, string>>): Promise<URL> {
  const folder = await mkdtemp(join(tmpdir(), 'lienthong-sql-'));
  t.teardown(() => rm(folder, { recursive: true }));
  for (const [name, sql] of Object.entries(statements)) await writeFile(join(folder, `${name}.sql`), sql);
  return pathToFileURL(folder);
}

async function eventually(condition: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('did not happen in 5 s');
}
