/** What was recorded long after the moment in its id is found all the same: wherever it stands, after every crash, and of each id the first. */

import { rm } from 'node:fs/promises';
import path from 'node:path';
import t from 'tap';
import { recordedLate } from '../../../src/exchange/entries.ts';
import { createReceipts } from '../../../src/exchange-log/receipts.ts';
import { realDisk } from '../../../src/exchange-log/store/disk.ts';
import type { TransparencyLog } from '../../../src/exchange-log/transparency-log.ts';
import { createLookUpTurns } from '../../../src/look-up-turns.ts';
import { entryFixture } from '../../support/entry-fixture.ts';
import { createKillableDisk } from '../../support/killable-disk.ts';
import { killLog, makeLogFolder, openTestLog } from '../../support/log-fixture.ts';

t.setTimeout(60_000);

const startMs = Date.UTC(2026, 4, 1);

/** An exchange that took no time, and its id. */
function entryAt(ms: number, number: number) {
  const hex = ms.toString(16).padStart(12, '0');
  const id = `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-${number.toString(16).padStart(12, '0')}`;
  return entryFixture({ id, time: new Date(ms).toISOString(), durationMs: 0, subject: `person-${number}` });
}

const someone = { asker: 'somebody', signal: new AbortController().signal };

const receiptsOf = (log: TransparencyLog, folder: string) =>
  createReceipts({
    log,
    disk: realDisk,
    folder,
    settings: { checkpointWaitMs: 5000, clockStepMs: 5000 },
    turns: createLookUpTurns({ lookUpsWaitingMax: 10, lookUpWaitMs: 10_000 }),
    arrivalMsMax: 120_000,
  });

const subjects = { keptMax: 10, unwrittenMax: 20, writeIntervalMs: 5, fileCacheBytesMax: 1 << 16 };

async function fill(log: TransparencyLog, count: number, ms: number): Promise<void> {
  const first = log.size();
  await Promise.all(Array.from({ length: count }, (_one, nth) => log.record(entryAt(ms + nth, first + nth))));
}

t.test('a push that is recorded an hour late, as the first of a bundle', async (t) => {
  const folder = await makeLogFolder(t);
  const disk = createKillableDisk();
  const log = await openTestLog({ folder, disk, settings: { subjects } });
  await fill(log, 512, startMs);
  const push = { ...entryAt(startMs + 100, 0xffff), kind: 'push' as const, status: 202 };
  const nowMs = startMs + 3_600_000;
  t.equal((await log.record(recordedLate(push, nowMs))).index, 512);
  t.equal((await receiptsOf(log, folder).find(push.id, someone))?.index, 512, 'at once');
  await killLog(log, disk);

  const again = await openTestLog({ folder, settings: { subjects } });
  t.equal((await receiptsOf(again, folder).find(push.id, someone))?.index, 512, 'by the process after a crash');
  await fill(again, 300, nowMs);
  await again.record(recordedLate(push, nowMs + 60_000));
  const recorded = await receiptsOf(again, folder).find(push.id, someone);
  t.equal(recorded?.index, 512, 'the first one of the id');
  t.match(JSON.parse((recorded?.entry ?? '{}').toString()), { id: push.id, durationMs: nowMs - startMs - 100 });
  await again.close();

  await rm(path.join(folder, 'subjects.db'));
  const anew = await openTestLog({ folder, settings: { subjects } });
  t.equal((await receiptsOf(anew, folder).find(push.id, someone))?.index, 512, 'from the log alone');
  t.equal(
    await receiptsOf(anew, folder).find(entryAt(startMs + 101, 0xfffe).id, someone),
    undefined,
    'what is not there',
  );
  await anew.close();
});

t.test('refusals that were counted over a long time end no search', async (t) => {
  const folder = await makeLogFolder(t);
  const log = await openTestLog({ folder, settings: { subjects } });
  await fill(log, 256, startMs);
  const counted = { ...entryAt(startMs + 300, 0xeeee), kind: 'refusals', durationMs: 3_600_000 };
  await log.record(counted as never);
  const slow = { ...entryAt(startMs + 200, 0xffff), durationMs: 200 };
  await log.record(slow);
  t.equal((await receiptsOf(log, folder).find(slow.id, someone))?.index, 257);
  await log.close();
});
