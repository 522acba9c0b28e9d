/** Every entry about a person is counted, whatever happens to the process and to the file that remembers the last numbers. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, open, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { openSubjectFile } from '../../../src/exchange-log/numbers/subject-file.ts';
import type { TransparencyLog } from '../../../src/exchange-log/transparency-log.ts';
import { folderSource } from '../../../src/exchange-log/verify/log-source.ts';
import { createSubjectCheck } from '../../../src/exchange-log/verify/subject-check.ts';
import { verifyLog } from '../../../src/exchange-log/verify/verify-log.ts';
import { entryFixture } from '../../support/entry-fixture.ts';
import { createKillableDisk } from '../../support/killable-disk.ts';
import { killLog, makeLogFolder, openTestLog, type TestLogSetup } from '../../support/log-fixture.ts';
import { createRandom } from '../../support/random-fixture.ts';
import { recorderKey } from './fixtures/recorder-key.ts';

t.setTimeout(120_000);

const recorder = path.join(import.meta.dirname, 'fixtures/recorder.ts');

/** Small enough for every way of forgetting and writing a number. */
const subjects = { keptMax: 3, unwrittenMax: 4, writeIntervalMs: 5, fileCacheBytesMax: 1 << 16 };

const openSmall = (setup: TestLogSetup) => openTestLog({ ...setup, settings: { subjects, ...setup.settings } });

async function recordAbout(log: TransparencyLog, subject: string | undefined): Promise<number | undefined> {
  return (await log.record(entryFixture({ subject }))).subjectNumber;
}

/** The whole log is right, numbers included. */
async function demandNumbered(t: Test, folder: string): Promise<void> {
  const check = await createSubjectCheck();
  const options = { verifier: undefined, older: undefined, progress: () => undefined };
  await t.resolves(verifyLog(await folderSource(folder), { ...options, subjects: check }));
  await check.close();
}

t.test('an entry about a person says which it is, and so does its place', async (t) => {
  const folder = await makeLogFolder(t);
  const log = await openSmall({ folder });
  const given = [];
  for (const subject of ['an', 'binh', 'an', undefined, 'an', 'binh']) given.push(await recordAbout(log, subject));
  t.same(given, [1, 1, 2, undefined, 3, 2]);
  t.match(JSON.parse((await log.readEntry(4)).toString()), { subject: 'an', subjectNumber: 3 });
  t.notMatch((await log.readEntry(3)).toString(), 'subjectNumber');
  await log.close();
  await demandNumbered(t, folder);
});

t.test('an entry that is refused leaves no gap', async (t) => {
  const log = await openSmall({
    folder: await makeLogFolder(t),
    settings: { entryBytesMax: 1000, pendingEntriesMax: 2 },
  });
  t.teardown(() => log.close());
  t.equal(await recordAbout(log, 'an'), 1);
  await t.rejects(log.record(entryFixture({ subject: 'an', version: 'v'.repeat(1000) })), /exceeds 1000/);
  const three = await Promise.allSettled([1, 2, 3].map(() => recordAbout(log, 'an')));
  t.match(three, [{ value: 2 }, { value: 3 }, { status: 'rejected', reason: /2 entries wait/ }]);
  t.equal(await recordAbout(log, 'an'), 4);
});

t.test('numbers go on after orderly ends and kills, among many people and at every pace', async (t) => {
  const folder = await makeLogFolder(t);
  const random = createRandom(7);
  const known = new Map<string, number>();
  for (let round = 0; round < 12; round += 1) {
    const disk = createKillableDisk();
    const log = await openSmall({ folder, disk });
    for (let burst = 0; burst < 10; burst += 1) {
      const about = Array.from({ length: random.below(40) }, () => `person-${random.below(60)}`);
      const expected = about.map((subject) => {
        known.set(subject, (known.get(subject) ?? 0) + 1);
        return known.get(subject);
      });
      t.same(await Promise.all(about.map((subject) => recordAbout(log, subject))), expected);
    }
    await (random.chance(0.5) ? log.close() : killLog(log, disk));
  }
  const log = await openSmall({ folder });
  for (const [subject, last] of known) t.equal(await recordAbout(log, subject), last + 1);
  await log.close();
  await demandNumbered(t, folder);
});

t.test('a process that is killed anywhere, again and again, leaves no gap and no repeat', async (t) => {
  const folder = await makeLogFolder(t);
  const random = createRandom(3);
  for (let round = 0; round < 8; round += 1) {
    const child = spawn(process.execPath, [recorder, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
    const exit = once(child, 'exit');
    await once(child.stdout, 'data');
    await sleep(random.below(250));
    child.kill('SIGKILL');
    t.same(await exit, [null, 'SIGKILL']);
  }
  const log = await openTestLog({ folder, key: recorderKey });
  t.ok(log.size() > 300, `${log.size()} entries`);
  await log.close();
  await demandNumbered(t, folder);
});

t.test('the file may be of any earlier moment, or none, damaged, or not this log’s', async (t) => {
  const folder = await makeLogFolder(t);
  const file = path.join(folder, 'subjects.db');
  const copies: string[] = [];
  for (let round = 0; round < 4; round += 1) {
    const log = await openSmall({ folder });
    for (let entry = 0; entry < 300; entry += 1) await recordAbout(log, `person-${entry % (7 + round)}`);
    await log.close();
    copies.push(path.join(folder, `../copy-${round}`));
    await copyFile(file, copies.at(-1) as string);
  }
  const another = await makeLogFolder(t);
  const other = await openSmall({ folder: another });
  for (let entry = 0; entry < 1200; entry += 1) await recordAbout(other, 'an');
  await other.close();

  const last = new Map<string, number>();
  const log = await openSmall({ folder });
  for (let entry = 0; entry < 10; entry += 1) {
    last.set(`person-${entry}`, (await recordAbout(log, `person-${entry}`)) as number);
  }
  await log.close();

  const states: Record<string, { readonly make: () => Promise<unknown>; readonly reason?: RegExp }> = {
    ...Object.fromEntries(copies.map((copy, at) => [`copy ${at}`, { make: () => copyFile(copy, file) }])),
    'no file': { make: () => rm(file), reason: /there is no file/ },
    'an empty file': { make: () => truncate(file), reason: /is empty/ },
    'no database': { make: () => writeFile(file, 'x'.repeat(5000)), reason: /not a database/ },
    'a file of another format': {
      make: async () => {
        const handle = await open(file, 'r+');
        await handle.write(Buffer.from([0, 0, 0, 9]), 0, 4, 60);
        await handle.close();
      },
      reason: /format 9/,
    },
    'half a file': {
      make: async () => truncate(file, Math.floor((await stat(file)).size / 2)),
      reason: /cannot be used/,
    },
    'the file of another log': {
      make: () => copyFile(path.join(another, 'subjects.db'), file),
      reason: /is another log’s/,
    },
    'a file that claims more than the log has': {
      make: async () => {
        const ahead = openSubjectFile(file, 1 << 16);
        ahead.commit({ size: 5000, lastEntryHash: Buffer.alloc(32) });
        ahead.close();
      },
      reason: /claims 5000 entries, and the log has 1\d\d\d$/,
    },
  };
  for (const [name, { make, reason }] of Object.entries(states)) {
    await make();
    const told: unknown[] = [];
    const again = await openSmall({ folder, observer: { recounting: (recount) => told.push(recount) } });
    const total = again.size();
    for (const [subject, number] of last) {
      t.equal(await recordAbout(again, subject), number + 1, name);
      last.set(subject, number + 1);
    }
    await again.close();
    if (reason === undefined) t.same(told, [], `${name}: read on, without a word`);
    else t.match(told, [{ reason, done: 0, total }, { done: total }], `${name}: counted anew, which is told`);
  }
  await demandNumbered(t, folder);
});

t.test('a file that cannot be read any more ends the log, and the next start counts anew', async (t) => {
  const folder = await makeLogFolder(t);
  const file = path.join(folder, 'subjects.db');
  const first = await openSmall({ folder });
  for (let person = 0; person < 2000; person += 1) first.record(entryFixture({ subject: `person-${person}` }));
  await recordAbout(first, 'an');
  await first.close();
  const content = await readFile(file);
  // Schema, mark and the root of the tree are on the first three pages; what the root leads to is gone.
  const whole = content.subarray(0, 3 * 4096);
  await writeFile(file, Buffer.concat([whole, Buffer.alloc(content.byteLength - whole.byteLength, 0xff)]));
  let failure: unknown;
  const observer = {
    failed(error: unknown) {
      failure = error;
    },
  };
  const log = await openSmall({ folder, observer });
  await t.rejects(recordAbout(log, 'an'), /malformed/);
  t.match(failure, /malformed/);
  await t.rejects(recordAbout(log, undefined), /malformed/, 'nothing is recorded any more');
  await log.close();
  const again = await openSmall({ folder });
  t.equal(await recordAbout(again, 'an'), 2);
  t.equal(await recordAbout(again, 'person-17'), 2);
  await again.close();
  await demandNumbered(t, folder);
});

t.test('a file that cannot be written any more ends the log, and the next start counts anew', async (t) => {
  const folder = await makeLogFolder(t);
  const file = path.join(folder, 'subjects.db');
  const first = await openSmall({ folder });
  for (let person = 0; person < 2000; person += 1) first.record(entryFixture({ subject: `person-${person}` }));
  await recordAbout(first, 'an');
  await first.close();
  const failed = Promise.withResolvers<unknown>();
  const log = await openSmall({ folder, observer: { failed: failed.resolve } });
  // Known from now on, so that only the writing thread meets what follows.
  t.equal(await recordAbout(log, 'an'), 2);
  const handle = await open(file, 'r+');
  await handle.write(Buffer.alloc((await stat(file)).size - 3 * 4096, 0xff), 0, undefined, 3 * 4096);
  await handle.close();
  await Promise.allSettled([1, 2, 3, 4, 5].map(() => recordAbout(log, 'an')));
  t.match(await failed.promise, /malformed/);
  await t.rejects(recordAbout(log, undefined), /malformed/);
  await log.close();
  const again = await openSmall({ folder });
  t.equal(await recordAbout(again, 'person-17'), 2);
  await again.close();
  await demandNumbered(t, folder);
});
