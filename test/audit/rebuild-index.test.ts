/** The index that is made anew is the one that was followed, whatever was there before and however often it is begun. */

import t from 'tap';
import { rebuildIndex } from '../../src/audit/rebuild-index.ts';
import { openSession } from '../../src/state/session.ts';
import {
  allRows,
  arrayLog,
  demandNumbered,
  numberedExchange,
  startIndex,
  waitMsMax,
} from '../support/index-fixture.ts';
import { startPostgres } from '../support/servers.ts';
import { makeDatabase, runSql, stateLimits } from '../support/state-fixture.ts';

t.setTimeout(120_000);

const server = await startPostgres(t);
const url = await makeDatabase(server.url);
const log = arrayLog('a', [...Array.from({ length: 500 }, (_one, number) => numberedExchange(number))]);
const followed = startIndex(t, url, log);
await followed.tail.waitUntil(499, waitMsMax);

async function rebuild(
  progress: (done: number, total: number) => void,
  signal = new AbortController().signal,
  of = { url, log },
) {
  const session = await openSession({ url: of.url }, stateLimits);
  try {
    return await rebuildIndex(session, of.log, {
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

t.test(
  'one that was made before registries’ refusals were kept as such goes on, and has them when it is made anew',
  async (t) => {
    const old = { url: await makeDatabase(server.url), log: arrayLog('b') };
    const delivery = { ...numberedExchange(0), kind: 'delivery', state: 'refused', problem: undefined };
    const { index, tail, add } = startIndex(t, old.url, old.log);
    await add({ ...numberedExchange(1), problem: undefined }, delivery);
    const refused = async () => (await allRows(index, { outcome: 'refused' }, 10)).map(({ action }) => action);
    t.same(await refused(), ['refused']);
    await runSql(
      old.url,
      "UPDATE audit_entries SET outcome = (SELECT id FROM audit_texts WHERE use = 'outcome' AND value = 'ok')",
    );
    t.same(await refused(), []);
    t.match(await allRows(index, { kind: 'delivery' }, 10), [{ action: 'refused', problem: undefined }]);
    await tail.close();
    await rebuild(() => undefined, undefined, old);
    t.same(await refused(), ['refused']);
  },
);
