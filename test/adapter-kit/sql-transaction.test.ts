/** Several statements are one effect, on both engines: all of it or nothing, and the connection comes back clean or not at all. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t, { type Test } from 'tap';
import type { DeliveryOutcome, SqlTransaction } from '../../src/adapter-kit/index.ts';
import { seedDatabase } from '../../src/adapter-kit/sql-seeder.ts';
import { type SqlSourceSettings, sqlSource } from '../../src/adapter-kit/sql-source.ts';
import { startLoopbackProxy } from '../support/loopback-proxy.ts';
import { startMariaDb, startPostgres } from '../support/servers.ts';

// Starting everything takes its time on a loaded machine.
t.setTimeout(120_000);

const tables = `
DROP TABLE IF EXISTS account, delivery_inbox;
CREATE TABLE account (name VARCHAR(20) NOT NULL PRIMARY KEY, amount INTEGER NOT NULL);
INSERT INTO account VALUES ('a', 100), ('b', 100);
CREATE TABLE delivery_inbox (
  exchange_id VARCHAR(36) NOT NULL, leg VARCHAR(100) NOT NULL, outcome TEXT, PRIMARY KEY (exchange_id, leg)
);`;

const statements: Readonly<Record<string, string>> = {
  read: 'SELECT amount FROM account WHERE name = :name',
  lock: 'SELECT amount FROM account WHERE name = :name FOR UPDATE',
  add: 'UPDATE account SET amount = amount + :amount WHERE name = :name',
  set: 'UPDATE account SET amount = :amount WHERE name = :name',
  broken: 'INSERT INTO no_such_table VALUES (:amount)',
};

const postgresConflict = "DO $$ BEGIN RAISE SQLSTATE '40001'; END $$";
const mariaDbConflict = "SIGNAL SQLSTATE '40001'";

const engines = {
  PostgreSQL: { start: startPostgres, sleep: 'SELECT pg_sleep(:seconds)', conflict: postgresConflict },
  MariaDB: { start: startMariaDb, sleep: 'SELECT SLEEP(:seconds)', conflict: mariaDbConflict },
};

const patience = () => AbortSignal.timeout(10_000);

for (const [name, engine] of Object.entries(engines)) {
  t.test(name, async (t) => {
    const { url } = await engine.start(t);
    await seedDatabase(
      { url, connectTimeoutMs: 5000 },
      { version: '1', fill: (seeder) => seeder.executeScript(tables) },
    );
    const folder = await folderWith(t, { ...statements, sleep: engine.sleep, conflict: engine.conflict });
    const open = (changes: Partial<SqlSourceSettings> = {}) => {
      const source = sqlSource({ url, poolMax: 2, connectTimeoutMs: 2000, ...changes }, folder);
      t.teardown(() => source.close());
      return source;
    };
    const source = open();
    const amount = async (name: string) => Number((await source.query('read', { name }))[0]?.amount);
    const move = async (tx: SqlTransaction) => {
      await tx.query('add', { name: 'a', amount: -10 });
      await tx.query('add', { name: 'b', amount: 10 });
    };

    t.test('what is done is there, all of it', async (t) => {
      const moved = source.transaction(async (tx) => {
        await move(tx);
        return 'moved';
      }, patience());
      t.equal(await moved, 'moved');
      t.same([await amount('a'), await amount('b')], [90, 110]);
    });

    t.test('what the work throws comes through, and nothing is there', async (t) => {
      const thrown = new RangeError('not enough');
      const failing = source.transaction(async (tx) => {
        await move(tx);
        throw thrown;
      }, patience());
      t.equal(await failing.catch((error: unknown) => error), thrown);
      t.same([await amount('a'), await amount('b')], [90, 110]);
    });

    t.test('a failed statement ends the transaction, even where the work goes on', async (t) => {
      const stubborn = source.transaction(async (tx) => {
        await move(tx);
        await tx.query('broken', { amount: 1 }).catch(() => {});
        await tx.query('add', { name: 'a', amount: 1000 }).catch(() => {});
      }, patience());
      await t.rejects(stubborn, { name: 'SourceError', kind: 'failed' });
      t.same([await amount('a'), await amount('b')], [90, 110]);
    });

    t.test('a transaction that is over takes no more', async (t) => {
      let kept: SqlTransaction | undefined;
      await source
        .transaction(async (tx) => {
          kept = tx;
          throw new Error('over');
        }, patience())
        .catch(() => {});
      await t.rejects(async () => kept?.query('add', { name: 'a', amount: 1 }));
      t.equal(await amount('a'), 90);
    });

    t.test('an abort rejects at once, rolls back and frees what was locked', async (t) => {
      for (const wait of [
        (tx: SqlTransaction) => tx.query('sleep', { seconds: 30 }),
        () => new Promise((resolve) => setTimeout(resolve, 30_000).unref()),
      ]) {
        const startedMs = Date.now();
        const given = source.transaction(async (tx) => {
          await move(tx);
          await wait(tx);
        }, AbortSignal.timeout(200));
        await t.rejects(given, { name: 'SourceError', kind: 'timeout' });
        t.ok(Date.now() - startedMs < 1000);
        await source.transaction((tx) => tx.query('lock', { name: 'a' }), AbortSignal.timeout(3000));
        t.same([await amount('a'), await amount('b')], [90, 110]);
      }
    });

    t.test('of two that lock each other out one is done again, and both take effect', async (t) => {
      const before = [await amount('a'), await amount('b')];
      const both = Promise.withResolvers<void>();
      let waiting = 0;
      let works = 0;
      const crossing = (first: string, second: string) =>
        source.transaction(async (tx) => {
          works += 1;
          await tx.query('add', { name: first, amount: 1 });
          waiting += 1;
          if (waiting === 2) both.resolve();
          await both.promise;
          await tx.query('add', { name: second, amount: 1 });
        }, patience());
      await Promise.all([crossing('a', 'b'), crossing('b', 'a')]);
      t.equal(works, 3);
      t.same(
        [await amount('a'), await amount('b')],
        before.map((amount) => amount + 2),
      );
    });

    t.test('one that is locked out again and again is temporarily refused in the end', async (t) => {
      let works = 0;
      const before = await amount('a');
      const crossedAlways = async (tx: SqlTransaction) => {
        works += 1;
        await tx.query('add', { name: 'a', amount: 1 });
        await tx.query('conflict', {});
      };
      const kind = { name: 'SourceError', kind: 'unavailable', message: /40001/ };
      await t.rejects(source.transaction(crossedAlways, patience()), kind);
      t.equal(works, 4);
      t.equal(await amount('a'), before);
    });

    t.test('what hangs in the middle holds its locks for no longer than the limit', async (t) => {
      const hanging = open({ idleTransactionMs: 1000 });
      const before = await amount('a');
      const hung = hanging.transaction(async (tx) => {
        await move(tx);
        await new Promise((resolve) => setTimeout(resolve, 3000));
        await tx.query('add', { name: 'a', amount: 1000 });
      }, patience());
      hung.catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 100));
      await source.transaction((tx) => tx.query('add', { name: 'a', amount: 1 }), AbortSignal.timeout(2500));
      await t.rejects(hung, { name: 'SourceError', kind: 'unavailable' });
      t.equal(await amount('a'), before + 1);
      await hanging.transaction((tx) => tx.query('add', { name: 'a', amount: 1 }), patience());
      t.equal(await amount('a'), before + 2);
    });

    t.test('a hundred at once, over two connections, lose nothing', async (t) => {
      const busy = open({ queueMax: 200 });
      const before = await amount('a');
      const addOne = async (tx: SqlTransaction) => {
        const [row] = await tx.query('lock', { name: 'a' });
        await tx.query('set', { name: 'a', amount: Number(row?.amount) + 1 });
      };
      await Promise.all(Array.from({ length: 100 }, () => busy.transaction(addOne, patience())));
      t.equal(await amount('a'), before + 100);
    });

    t.test('a connection that is lost before the commit leaves nothing', async (t) => {
      const proxy = await startLoopbackProxy(t, url);
      const far = open({ url: proxy.url });
      const before = await amount('a');
      const lost = far.transaction(async (tx) => {
        await move(tx);
        proxy.cut();
      }, patience());
      await t.rejects(lost, { name: 'SourceError', kind: 'unavailable' });
      t.equal(await amount('a'), before);
      await far.check();
    });

    t.test('closing gives up what is under way', async (t) => {
      const closing = open();
      const given = closing.transaction((tx) => tx.query('sleep', { seconds: 30 }), patience());
      given.catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, 100));
      await closing.close();
      await t.rejects(given, { name: 'SourceError', kind: 'unavailable' });
      await t.rejects(closing.transaction(move, patience()), { name: 'SourceError', kind: 'unavailable' });
    });

    t.test('a delivery that waits is worked on again, one that is done never', async (t) => {
      const delivery = { exchangeId: crypto.randomUUID(), leg: 'add.v1', round: 0 };
      let works = 0;
      const take = (outcome: 'waiting' | 'done') =>
        source.takeOnce(
          delivery,
          async (tx) => {
            works += 1;
            if (outcome === 'waiting') return { outcome, retryAfterMs: 5 };
            await tx.query('add', { name: 'b', amount: 1000 });
            return { outcome, result: { works } };
          },
          patience(),
        );
      t.same(await take('waiting'), { outcome: 'waiting', retryAfterMs: 5 });
      t.same(await take('waiting'), { outcome: 'waiting', retryAfterMs: 5 });
      t.same(await take('done'), { outcome: 'done', result: { works: 3 } });
      const before = await amount('b');
      t.same(await take('done'), { outcome: 'done', result: { works: 3 } });
      t.same(await take('waiting'), { outcome: 'done', result: { works: 3 } });
      t.equal(await amount('b'), before);
      t.same(await source.takeOnce({ ...delivery, leg: 'other.v1' }, async () => ({ outcome: 'done' }), patience()), {
        outcome: 'done',
      });
    });

    t.test(
      'a refusal is decided anew in a later round alone, and holds for whatever comes late of the ones before',
      async (t) => {
        const delivery = { exchangeId: crypto.randomUUID(), leg: 'add.v1' };
        const refusal = (code: string) => ({ outcome: 'refused' as const, reason: { code, en: code, vi: code } });
        const take = (round: number, outcome: DeliveryOutcome) =>
          source.takeOnce({ ...delivery, round }, async () => outcome, patience());
        const done = { outcome: 'done' as const, result: { anew: true } };
        t.same(await take(0, refusal('first')), refusal('first'));
        t.same(await take(0, done), refusal('first'));
        t.same(await take(1, refusal('second')), refusal('second'));
        t.same(await take(0, done), refusal('second'));
        t.same(await take(1, done), refusal('second'));
        t.same(await take(2, done), done);
        for (const round of [0, 1, 2, 3]) t.same(await take(round, refusal('late')), done);
      },
    );
  });
}

async function folderWith(t: Test, files: Readonly<Record<string, string>>): Promise<URL> {
  const folder = await mkdtemp(join(tmpdir(), 'lienthong-sql-'));
  t.teardown(() => rm(folder, { recursive: true }));
  for (const [name, sql] of Object.entries(files)) await writeFile(join(folder, `${name}.sql`), sql);
  return pathToFileURL(`${folder}/`);
}
