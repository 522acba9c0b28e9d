/** The index that is made anew is the one that was followed, whatever was there before and however often it is begun. */

import t from 'tap';
import { rebuildIndex } from '../../src/audit/rebuild-index.ts';
import { openSession } from '../../src/state/session.ts';
import { arrayLog, demandNumbered, numberedExchange, startIndex, waitMsMax } from '../support/index-fixture.ts';
import { startPostgres } from '../support/servers.ts';
import { makeDatabase, stateLimits } from '../support/state-fixture.ts';

t.setTimeout(120_000);

const server = await startPostgres(t);
const url = await makeDatabase(server.url);
const log = arrayLog('a', [...Array.from({ length: 500 }, (_one, number) => numberedExchange(number))]);
const followed = startIndex(t, url, log);
await followed.tail.waitUntil(499, waitMsMax);

async function rebuild(progress: (done: number, total: number) => void, signal = new AbortController().signal) {
  const session = await openSession({ url }, stateLimits);
  try {
    return await rebuildIndex(session, log, {
      batchEntriesMax: 100,
      longStatementTimeoutMs: 10_000,
      progress,
      signal,
    });
  } finally {
    await session.close();
  }
}

t.test('not while a gateway follows the log', async (t) => {
  await t.rejects(
    rebuild(() => undefined),
    { message: /another process writes the index of a/ },
  );
  await followed.tail.close();
});

t.test('from nothing, telling how far it is', async (t) => {
  const told: number[][] = [];
  t.same(await rebuild((...progress) => told.push(progress)), { indexed: 500, unreadable: 0 });
  t.same(told.at(-1), [500, 500]);
  t.equal(told.length, 5);
  await demandNumbered(t, url, 500);
});

t.test('one that is told to stop leaves what it has, and who follows goes on from there', async (t) => {
  const stopping = new AbortController();
  const { indexed } = await rebuild((done) => done === 200 && stopping.abort(), stopping.signal);
  t.equal(indexed, 200);
  await demandNumbered(t, url, 200);
  const { tail } = startIndex(t, url, log);
  t.ok(await tail.waitUntil(499, waitMsMax));
  await demandNumbered(t, url, 500);
});
