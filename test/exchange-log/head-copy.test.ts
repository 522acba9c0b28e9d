/** A folder of the log that was lost, put back from a backup or exchanged is not continued: keys/ remembers what was signed. */

import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import t, { type Test } from 'tap';
import type { LogEntry } from '../../src/exchange/entries.ts';
import { createIdentity } from '../../src/exchange-log/identity.ts';
import { parseCheckpoint } from '../../src/exchange-log/note/checkpoint.ts';
import { parseNote } from '../../src/exchange-log/note/note.ts';
import { forgetMark, handOver } from '../../src/exchange-log/retire-key.ts';
import { createKillableDisk } from '../support/killable-disk.ts';
import {
  checkpointOf,
  copyLog,
  demandNumbers,
  killLog,
  makeLogFolder,
  makeLogKey,
  openTestLog,
  recordEntries,
  seldom,
  type TestLogSetup,
  testLogKey,
  testOrigin,
} from '../support/log-fixture.ts';
import { askWitnesses, startTestWitness } from '../support/witness-fixture.ts';

interface Place {
  readonly folder: string;
  readonly headCopy: string;
}

async function makePlace(t: Test): Promise<Place> {
  const folder = await makeLogFolder(t);
  const keys = path.join(path.dirname(folder), 'keys');
  await mkdir(keys);
  return { folder, headCopy: path.join(keys, 'exchange-log.checkpoint') };
}

const open = (place: Place, setup: Partial<TestLogSetup> = {}) =>
  openTestLog({ ...place, settings: { checkpointIntervalMs: 10 }, ...setup });

async function record(place: Place, count: number, setup: Partial<TestLogSetup> = {}): Promise<void> {
  const log = await open(place, setup);
  await recordEntries(log, count);
  await log.close();
}

const copiedSize = async ({ headCopy }: Place) => parseCheckpoint(parseNote(await readFile(headCopy)).text).size;

t.test('each checkpoint is copied, and a restart goes on', async (t) => {
  const place = await makePlace(t);
  for (const count of [0, 5, 300, 0]) await record(place, count);
  t.equal(await copiedSize(place), 305);
  const log = await open(place);
  await demandNumbers(t, log, 305);
  t.equal(await readFile(place.headCopy, 'utf8'), log.checkpoint());
  await log.close();
});

t.test('a folder from before there was a copy is adopted', async (t) => {
  const place = await makePlace(t);
  await record(place, 300);
  await rm(place.headCopy);
  const log = await open(place);
  t.equal(await copiedSize(place), 300);
  await log.close();
});

t.test('a folder that is gone is not begun anew', async (t) => {
  for (const count of [300, 0]) {
    const place = await makePlace(t);
    await record(place, count);
    await rename(place.folder, `${place.folder}-moved`);
    const message = new RegExp(
      `checkpoint: the file is missing, though the log had signed ${count} entries .keys/exchange-log.checkpoint.. ` +
        'Restore the newest exchange-log/. If it is gone for good, .* another exchangeLog.origin',
    );
    for (const attempt of [1, 2]) await t.rejects(open(place), { name: 'LogDamage', message }, `attempt ${attempt}`);
    await rename(`${place.folder}-moved`, place.folder);
    await record(place, 1);
  }
});

t.test('an older copy of the folder is not continued', async (t) => {
  const place = await makePlace(t);
  await record(place, 300);
  const older = await copyLog(place.folder, 'older');
  await record(place, 400);
  await t.rejects(open({ ...place, folder: older }), {
    name: 'LogDamage',
    message: /the log has 300 entries, and it had signed 700 \(keys.*\): exchange-log\/ is an older copy. Restore/,
  });
  await t.rejects(open({ ...place, folder: older }), { name: 'LogDamage' }, 'nor the second time');
  await record(place, 1);
});

t.test('another history under the same key is not continued', async (t) => {
  const place = await makePlace(t);
  await record(place, 300);
  const folder = await makeLogFolder(t);
  const begun = await open({ folder, headCopy: `${place.headCopy}-other` });
  for (let index = 0; index < 400; index += 1) await begun.record({ id: `other-${index}` } as LogEntry);
  await begun.close();
  await t.rejects(open({ ...place, folder }), {
    name: 'LogDamage',
    message: /the first 300 entries are not those that it had signed 300/,
  });
});

t.test('killed before, between and after the two files, the log goes on', async (t) => {
  for (const stop of ['checkpoint', 'exchange-log.checkpoint.new', 'exchange-log.checkpoint']) {
    const place = await makePlace(t);
    await record(place, 10);
    const killable = createKillableDisk();
    let armed = false;
    const disk = {
      ...killable,
      async open(file: string, which: 'new' | 'existing') {
        if (armed && path.basename(file) === stop) await killable.kill();
        return killable.open(file, which);
      },
      async rename(from: string, to: string) {
        if (armed && path.basename(to) === stop) await killable.kill();
        return killable.rename(from, to);
      },
    };
    const log = await open(place, { disk });
    armed = true;
    await recordEntries(log, 300);
    await log.waitForCheckpoint(309).catch(() => undefined);
    await killLog(log, killable);
    const again = await open(place);
    await demandNumbers(t, again, 310);
    t.equal(await copiedSize(place), 310, stop);
    await again.close();
  }
});

t.test('a copy that cannot be written ends the log, as any failed write does', async (t) => {
  const place = await makePlace(t);
  await record(place, 10);
  const log = await open(place);
  await rm(path.dirname(place.headCopy), { recursive: true });
  await recordEntries(log, 1);
  await t.resolves(log.waitForCheckpoint(10).catch(() => undefined));
  await log.close();
  t.match(log.failure, { code: 'ENOENT' });
});

t.test('a changed copy is no reason to go on without it', async (t) => {
  const place = await makePlace(t);
  await record(place, 10);
  const note = await readFile(place.headCopy);
  for (const at of [0, 30, note.byteLength - 10]) {
    const changed = Buffer.from(note);
    changed[at] = (changed[at] as number) ^ 1;
    await writeFile(place.headCopy, changed);
    await t.rejects(open(place), { name: 'LogDamage', message: /keys\/exchange-log\.checkpoint/ }, `byte ${at}`);
  }
});

t.test('another origin begins another log in an empty folder, and in no other', async (t) => {
  const place = await makePlace(t);
  await record(place, 10);
  await rename(place.folder, `${place.folder}-former`);
  await record(place, 3, { origin: 'lienthong.example/second' });
  t.equal(await copiedSize(place), 3);
  await t.rejects(open({ ...place, folder: `${place.folder}-former` }), {
    name: 'LogDamage',
    message: /it is of "lienthong.example\/second", and exchange-log\/ of "lienthong.example\/test"/,
  });
});

t.test('the copy outlives the key that signed it', async (t) => {
  const place = await makePlace(t);
  await record(place, 10);
  const second = makeLogKey();
  await record(place, 0, { key: second, olderKeys: [testLogKey] });
  const third = makeLogKey();
  const { headCopy } = place;
  for (const [gone, ...stay] of [
    [testLogKey, third, second],
    [second, third],
  ] as const) {
    const mark = createIdentity(testOrigin, gone).vkey;
    await handOver(place.folder, mark, { origin: testOrigin, keys: stay, headCopy });
    await forgetMark(place.folder, 'exchange-log', mark);
  }
  await record(place, 5, { key: third });
  t.equal(await copiedSize(place), 15);
});

t.test('what waits for its witnesses is copied, too', async (t) => {
  const place = await makePlace(t);
  const { vkey } = await startTestWitness(t, { folder: await makeLogFolder(t), logs: [] });
  const { cosigning } = askWitnesses([{ url: 'http://127.0.0.1:9', vkey }], { without: 'refuse' });
  const log = await open(place, { cosigning, settings: { ...seldom, checkpointIntervalMs: 10 } });
  await recordEntries(log, 20);
  await log.close();
  t.equal(checkpointOf(log).size, 0);
  t.equal(await copiedSize(place), 20);
  const older = await copyLog(place.folder, 'older');
  await record(place, 1);
  await t.rejects(open({ ...place, folder: older }), { name: 'LogDamage', message: /older copy/ });
});
