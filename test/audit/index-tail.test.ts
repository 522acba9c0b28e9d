/** The index follows its log through everything that can happen to log, database and process, without a gap or a duplicate. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import type { TailObserver } from '../../src/audit/index-tail.ts';
import {
  allRows,
  arrayLog,
  demandNumbered,
  numberedExchange,
  startIndex,
  waitMsMax,
} from '../support/index-fixture.ts';
import { createRandom } from '../support/random-fixture.ts';
import { startPostgres } from '../support/servers.ts';
import { makeDatabase, runSql } from '../support/state-fixture.ts';

t.setTimeout(120_000);

const server = await startPostgres(t);
const numbers = (count: number, from = 0) => Array.from({ length: count }, (_one, at) => numberedExchange(from + at));

/** Keeps what the tail tells. */
function listen() {
  const told: unknown[][] = [];
  const keep =
    (name: string) =>
    (...values: unknown[]) =>
      void told.push([name, ...values]);
  const observer: TailObserver = {
    added: keep('added'),
    unreadable: keep('unreadable'),
    rebuilding: keep('rebuilding'),
    foreign: keep('foreign'),
    failed: keep('failed'),
    recovered: keep('recovered'),
  };
  return { observer, of: (name: string) => told.filter(([first]) => first === name) };
}

t.test('what is there already, and what comes, is indexed in transactions of bounded size', async (t) => {
  const url = await makeDatabase(server.url);
  const { observer, of } = listen();
  const { tail, log, add } = startIndex(t, url, arrayLog('a', numbers(1000)), observer);
  t.ok(await tail.waitUntil(999, waitMsMax));
  t.equal(tail.lag(), 0);
  await add(...numbers(5, 1000));
  await demandNumbered(t, url, log.size());
  const sizes = of('added').map(([, entries]) => Number(entries));
  t.ok(
    sizes.every((size) => size <= 100),
    String(sizes),
  );
});

t.test('it waits quietly while nothing comes, and is awake at once when something does', async (t) => {
  const url = await makeDatabase(server.url);
  const { observer, of } = listen();
  const { tail, log } = startIndex(t, url, arrayLog('a', numbers(1)), observer, { pauseMs: 300 });
  await tail.waitUntil(0, waitMsMax);
  await sleep(400);
  const before = of('added').length;
  const startMs = performance.now();
  log.entries.push(Buffer.from(JSON.stringify(numberedExchange(1))));
  tail.wake();
  t.ok(await tail.waitUntil(1, waitMsMax));
  t.ok(performance.now() - startMs < 1000);
  t.equal(of('added').length, before + 1);
  for (let number = 2; number < 50; number += 1) {
    log.entries.push(Buffer.from(JSON.stringify(numberedExchange(number))));
    tail.wake();
    await sleep(2);
  }
  await sleep(1000);
  t.equal(tail.lag(), 0);
  t.ok(of('added').length - before < 8, 'entries that come together share transactions');
});

t.test('nobody waits for longer than they said', async (t) => {
  const { tail } = startIndex(t, 'postgres://nobody@127.0.0.1:1/nothing', arrayLog('a', numbers(3)));
  const startMs = performance.now();
  t.equal(await tail.waitUntil(2, 50), false);
  t.ok(performance.now() - startMs < 2000);
  t.equal(tail.lag(), 3);
  const waiting = tail.waitUntil(2, 60_000);
  await tail.close();
  t.equal(await waiting, false, 'and a tail that closes lets them go');
});

t.test('a restart goes on where the last one was', async (t) => {
  const url = await makeDatabase(server.url);
  const log = arrayLog('a', numbers(300));
  const first = startIndex(t, url, log);
  await first.tail.waitUntil(150, waitMsMax);
  await first.tail.close();
  await first.state.close();
  log.entries.push(...arrayLog('a', numbers(100, 300)).entries);
  const second = startIndex(t, url, log);
  await second.tail.waitUntil(399, waitMsMax);
  await demandNumbered(t, url, 400);
});

t.test('the database is killed again and again', async (t) => {
  const own = await startPostgres(t);
  const url = await makeDatabase(own.url);
  const { observer, of } = listen();
  const log = arrayLog('a');
  const { index, tail } = startIndex(t, url, log, observer, { batchEntriesMax: 10 });
  let next = 0;
  const traffic = setInterval(() => {
    log.entries.push(...arrayLog('a', numbers(3, next)).entries);
    next += 3;
    tail.wake();
  }, 2);
  for (let round = 0; round < 4; round += 1) {
    await sleep(300);
    await own.kill();
    if (round === 0) await t.rejects(index.search({}, { limit: 1 }), { code: 'index-unavailable' });
    await sleep(100);
    await own.start();
  }
  clearInterval(traffic);
  t.ok(await tail.waitUntil(log.size() - 1, waitMsMax));
  await demandNumbered(t, url, log.size());
  t.equal((await allRows(index, { outcome: 'refused' }, 1000)).length, Math.floor(log.size() / 4));
  t.ok(of('failed').length >= 1);
  t.equal(of('failed').length, of('recovered').length, 'each outage is told once, and its end');
});

t.test('the process is killed again and again', async (t) => {
  const url = await makeDatabase(server.url);
  const entries = 4000;
  const random = createRandom(7);
  for (let round = 0; round < 4; round += 1) {
    const child = follow(t, url, entries);
    const stopAt = Number(await firstLine(child)) + random.below(600);
    for await (const chunk of child.stdout ?? []) {
      if (Number(String(chunk).trimEnd().split('\n').at(-1)) >= stopAt) break;
    }
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
  }
  const [{ indexed } = {}] = await runSql(url, 'SELECT indexed FROM audit_logs');
  t.ok(Number(indexed) > 0 && Number(indexed) < entries, `${indexed} by then`);
  const last = follow(t, url, entries);
  t.same(await once(last.resume(), 'exit'), [0, null]);
  await demandNumbered(t, url, entries);
});

t.test('two processes never write the index of one log', async (t) => {
  const url = await makeDatabase(server.url);
  const log = arrayLog('a', numbers(10));
  const first = startIndex(t, url, log);
  await first.tail.waitUntil(9, waitMsMax);
  const { observer, of } = listen();
  const second = startIndex(t, url, log, observer);
  t.equal(await second.tail.waitUntil(9, 300), false);
  t.match(of('failed'), [['failed', { message: /another process writes the index of a/ }]]);
  await first.tail.close();
  t.ok(await second.tail.waitUntil(9, waitMsMax), 'until the first one ends');
});

t.test('several logs share an index, each with its own position', async (t) => {
  const url = await makeDatabase(server.url);
  const logs = ['a', 'b', 'c'].map((origin) => arrayLog(origin, numbers(200)));
  const started = logs.map((log) => startIndex(t, url, log));
  await Promise.all(started.map(({ tail }) => tail.waitUntil(199, waitMsMax)));
  const [{ index } = {}] = started;
  if (index === undefined) throw new Error('there are three');
  t.same(
    await index.state(),
    ['a', 'b', 'c'].map((log) => ({ log, indexed: 200 })),
  );
  t.equal((await allRows(index, {}, 50)).length, 600);
  const [day] = await index.statistics({ toMs: Date.UTC(2026, 0, 2), outcome: 'ok', consumer: 'VN/GOV/G10' });
  t.match(day, { entries: 9 }, 'counted over all of them');
});

t.test('an index that claims more than a restored log has, or other entries, is made anew', async (t) => {
  const url = await makeDatabase(server.url);
  const before = startIndex(t, url, arrayLog('a', numbers(500)));
  const other = startIndex(t, url, arrayLog('b', numbers(20)));
  await before.tail.waitUntil(499, waitMsMax);
  await other.tail.waitUntil(19, waitMsMax);
  await before.tail.close();
  const shorter = listen();
  const restored = startIndex(t, url, arrayLog('a', numbers(300)), shorter.observer);
  await restored.tail.waitUntil(299, waitMsMax);
  t.match(shorter.of('rebuilding'), [['rebuilding', /500 entries are indexed, and the log has 300/]]);
  t.equal((await allRows(restored.index, {}, 1000)).length, 320, 'and the other log keeps its rows');
  await restored.tail.close();
  await other.tail.close();
  const changed = listen();
  const rewritten = startIndex(t, url, arrayLog('a', [...numbers(1), ...numbers(399, 2)]), changed.observer);
  await rewritten.tail.waitUntil(399, waitMsMax);
  t.match(changed.of('rebuilding'), [['rebuilding', /entry 299 of the log is not the one that was indexed/]]);
  const rows = (await allRows(rewritten.index, {}, 1000)).filter(({ log }) => log === 'a');
  t.same([rows.length, rows.at(-1)?.id.slice(-4)], [400, '0000']);
});

t.test('what is indexed of a log that is lost stays, though one of its name and key begins anew', async (t) => {
  const url = await makeDatabase(server.url);
  const before = startIndex(t, url, arrayLog('a', numbers(500)));
  await before.tail.waitUntil(499, waitMsMax);
  await before.tail.close();
  for (const [what, entries] of [
    ['empty', []],
    ['with entries by the time the database answers', numbers(20, 1)],
    ['and longer by then', numbers(600, 1)],
  ] as const) {
    const told = listen();
    const anew = startIndex(t, url, arrayLog('a', entries), told.observer);
    await t.rejects(anew.tail.owned, { name: 'ForeignLog' }, what);
    await anew.tail.close();
    t.same([told.of('rebuilding'), told.of('added')], [[], []]);
    await demandNumbered(t, url, 500);
  }
  await runSql(url, 'DROP TABLE audit_entries_2026_01');
  const restored = startIndex(t, url, arrayLog('a', numbers(450)));
  await restored.tail.owned;
  t.ok(await restored.tail.waitUntil(449, waitMsMax), 'one of a backup goes on, also where old months are gone');
});

t.test('the index of another log of that name is left alone, and is its own to go on with', async (t) => {
  const url = await makeDatabase(server.url);
  const first = startIndex(t, url, arrayLog('a', numbers(100), '01'.repeat(16)));
  await first.tail.waitUntil(99, waitMsMax);
  const second = listen();
  const namesake = startIndex(t, url, arrayLog('a', numbers(8, 7), '02'.repeat(16)), second.observer);
  await t.rejects(namesake.tail.owned, { name: 'ForeignLog' }, 'while the first one is followed');
  await first.tail.close();
  await sleep(500);
  t.match(namesake.tail.foreign, { message: /another log of the name a:/ });
  t.equal(second.of('foreign').length, 1, 'which is told once, however often it is tried');
  await demandNumbered(t, url, 100);
  await namesake.tail.close();
  const again = startIndex(t, url, arrayLog('a', numbers(120), '01'.repeat(16)));
  await again.tail.owned;
  t.ok(await again.tail.waitUntil(119, waitMsMax));
  await demandNumbered(t, url, 120);
});

t.test('a log that was indexed before its mark was kept is known by its entries', async (t) => {
  const url = await makeDatabase(server.url);
  const before = startIndex(t, url, arrayLog('a', numbers(100), '01'.repeat(16)));
  await before.tail.waitUntil(99, waitMsMax);
  await before.tail.close();
  await runSql(url, 'UPDATE audit_logs SET log_id = NULL');
  const namesake = startIndex(t, url, arrayLog('a', numbers(100, 1), '02'.repeat(16)));
  await t.rejects(namesake.tail.owned, { name: 'ForeignLog' });
  await namesake.tail.close();
  const again = startIndex(t, url, arrayLog('a', numbers(100), '01'.repeat(16)));
  await again.tail.owned;
  await demandNumbered(t, url, 100);
  t.same(await runSql(url, `SELECT encode(log_id, 'hex') AS id FROM audit_logs`), [{ id: '01'.repeat(16) }]);
});

t.test('entries that nobody foresaw', async (t) => {
  const url = await makeDatabase(server.url);
  const { observer, of } = listen();
  const { index, log, tail } = startIndex(t, url, arrayLog('a'), observer);
  const id = (number: number) => `0199c0de-0000-7000-8000-00000000000${number}`;
  const sound = numberedExchange(0);
  log.entries.push(
    ...[
      '{"no": "entry"}',
      'no JSON',
      'null',
      '[]',
      '',
      JSON.stringify({ ...sound, id: id(1), time: '1969-12-31T23:59:59.999Z' }),
      JSON.stringify({ ...sound, id: id(2), time: '9999-12-31T23:59:59.999Z' }),
      JSON.stringify({ ...sound, id: id(3), time: '+010000-01-01T00:00:00.000Z' }),
      JSON.stringify({
        ...sound,
        id: id(4),
        purpose: 'null\0byte',
        issue: '\0',
        kind: 'unheard-of',
        subject: '\0',
        extra: 1,
      }),
      JSON.stringify({
        ...sound,
        id: id(5),
        purpose: 'half \ud800',
        fields: ['\ud800', '\0'],
        status: 1e9,
        durationMs: 1e300,
      }),
      JSON.stringify({
        ...sound,
        id: id(6),
        issue: 'long '.repeat(2000),
        agreement: 'x'.repeat(50_000),
        subject: 'short',
      }),
      JSON.stringify({ ...sound, id: id(7), time: 'yesterday' }),
      JSON.stringify({ ...sound, id: 'not a uuid' }),
      JSON.stringify({ ...sound, id: id(8), consumer: 7, service: null, problem: {}, official: [], status: 'x' }),
    ].map((text) => Buffer.from(text)),
  );
  tail.wake();
  t.ok(await tail.waitUntil(log.size() - 1, waitMsMax));
  t.same(of('unreadable'), [['unreadable', [0, 1, 2, 3, 4, 7, 11, 12]]]);
  t.equal(of('failed').length, 0);
  const rows = await allRows(index);
  t.same(
    rows.map(({ id }) => Number(id.at(-1))),
    [2, 8, 6, 5, 4, 1],
  );
  t.same(
    (await allRows(index, { purpose: 'null\0byte', subjects: ['\0'] })).map(({ id }) => id),
    [id(4)],
  );
  t.match(await index.find(id(5)), { fields: ['\ud800', '\0'], status: 0, durationMs: 0 });
  t.match(await index.find(id(6)), { subject: 'short', agreement: 'x'.repeat(50_000) });
  t.same(await runSql(url, 'SELECT indexed::int, unreadable::int FROM audit_logs'), [{ indexed: 14, unreadable: 8 }]);
});

t.test('a month that was dropped stays gone, and comes back with new entries', async (t) => {
  const url = await makeDatabase(server.url);
  const { index, add } = startIndex(t, url, arrayLog('a', numbers(400)));
  await add(...numbers(1, 400));
  await runSql(url, 'DROP TABLE audit_entries_2026_01');
  t.equal((await allRows(index, {}, 1000)).length, 401 - 310);
  await add(numberedExchange(0), numberedExchange(401));
  t.equal((await allRows(index, {}, 1000)).length, 403 - 310);
});

function follow(t: Test, url: string, entries: number): ChildProcess & { resume(): ChildProcess } {
  const script = path.join(import.meta.dirname, 'fixtures/follow.ts');
  const child = spawn(process.execPath, [script, url, String(entries)], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.teardown(() => child.kill('SIGKILL'));
  return Object.assign(child, {
    resume: () => {
      child.stdout?.resume();
      return child;
    },
  });
}

async function firstLine(child: ChildProcess): Promise<string> {
  const [chunk] = await once(child.stdout as NodeJS.ReadableStream, 'data');
  return String(chunk).split('\n')[0] ?? '';
}
