/** What is not as it was written is never taken for the log: the start names the file, and a proof made of it fails. */

import { readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import t, { type Test } from 'tap';
import { createIdentity, type PrivateJwk } from '../../src/exchange-log/identity.ts';
import { LogDamage } from '../../src/exchange-log/store/damage.ts';
import type { TransparencyLog } from '../../src/exchange-log/transparency-log.ts';
import { leafHash } from '../../src/exchange-log/tree/hash.ts';
import { inclusionProof, ProofError, verifyInclusion } from '../../src/exchange-log/tree/proof.ts';
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
  rootOfNumbers,
  seldom,
  testLogKey,
  testOrigin,
} from '../support/log-fixture.ts';

/** So small that the entries fill several segments. */
const settings = { ...seldom, segmentBytes: 8192, entryBytesMax: 1000 };
const checkpointed = 300;
const durable = 500;

/** A log that was killed: entries in full and partial files, and entries in segments only. */
async function leaveLog(t: Test): Promise<string> {
  const folder = await makeLogFolder(t);
  const first = await openTestLog({ folder, settings });
  await recordEntries(first, checkpointed - 1);
  await first.close();
  const disk = createKillableDisk();
  const log = await openTestLog({ folder, disk, settings });
  await recordEntries(log, 1);
  await log.waitForCheckpoint(checkpointed - 1);
  await recordEntries(log, durable - checkpointed);
  await killLog(log, disk);
  return folder;
}

/** What opening the log says after that change, which is taken back. */
async function openFlipped(folder: string, file: string, at: number): Promise<LogDamage> {
  await flip(path.join(folder, file), at);
  const error = await openTestLog({ folder, settings }).catch((reason) => reason);
  await flip(path.join(folder, file), at);
  return error;
}

/** Opens a copy of the log after a change to it. */
async function openChanged(folder: string, change: (copy: string) => Promise<void>): Promise<TransparencyLog> {
  const copy = await copyLog(folder, 'copy');
  await change(copy);
  return openTestLog({ folder: copy, settings });
}

async function flip(file: string, at: number): Promise<void> {
  const content = await readFile(file);
  content[at] = (content[at] ?? 0) ^ 1;
  await writeFile(file, content);
}

/** Each byte of a short file, some of a long one. */
async function* placesIn(file: string): AsyncGenerator<number> {
  const { byteLength } = await readFile(file);
  for (let at = 0; at < byteLength; at += Math.max(1, Math.floor(byteLength / 40))) yield at;
}

const segments = (folder: string) => readdir(path.join(folder, 'segments')).then((names) => names.sort());

t.test('the log that the other tests damage is whole', async (t) => {
  const folder = await leaveLog(t);
  t.same(await segments(folder), ['0000000000000191.seg', '0000000000000299.seg', '0000000000000487.seg']);
  const log = await openChanged(folder, async () => undefined);
  await demandNumbers(t, log, durable);
  await log.close();
});

for (const file of ['checkpoint', 'tile/0/001.p/44', 'tile/1/000.p/1', 'tile/entries/001.p/44']) {
  t.test(`one bit of ${file} keeps the log from starting`, async (t) => {
    const folder = await leaveLog(t);
    for await (const at of placesIn(path.join(folder, file))) {
      const error = await openFlipped(folder, file, at);
      t.ok(error instanceof LogDamage, `byte ${at}`);
      t.match(error.message, file.startsWith('tile/entries') ? file : 'checkpoint');
      if (file.startsWith('tile')) t.match(error.message, file, 'the file is named');
    }
  });

  t.test(`without ${file} the log does not start`, async (t) => {
    const folder = await leaveLog(t);
    const opening = openChanged(folder, (copy) => rm(path.join(copy, file)));
    await t.rejects(opening, { name: 'LogDamage', file, message: /the file is missing/ });
  });
}

t.test('one bit of a segment that holds what no checkpoint covers keeps the log from starting', async (t) => {
  const folder = await leaveLog(t);
  const names = await segments(folder);
  for (const name of names.slice(1)) {
    const file = `segments/${name}`;
    const content = await readFile(path.join(folder, file));
    const end = content.findLastIndex((byte) => byte !== 0);
    for (let at = 0; at <= end; at += at < 120 || at > end - 43 ? 5 : 397) {
      const error = await openFlipped(folder, file, at);
      t.match(error, { name: 'LogDamage', file }, `byte ${at} of ${name}`);
      t.ok((error.offset ?? 0) <= at, `named is the record that begins at byte ${error.offset}`);
    }
  }
});

t.test('one bit in the unused end of the last segment takes nothing away', async (t) => {
  const folder = await leaveLog(t);
  const name = (await segments(folder)).at(-1);
  const file = `segments/${name}`;
  const content = await readFile(path.join(folder, file));
  const end = content.findLastIndex((byte) => byte !== 0) + 1;
  for (const at of [end, end + 30, end + 1000, content.byteLength - 1]) {
    const log = await openChanged(folder, (copy) => flip(path.join(copy, file), at));
    t.equal(log.size(), durable, `byte ${at}`);
    await log.close();
  }
});

t.test('a missing segment is noticed, the last one too', async (t) => {
  const folder = await leaveLog(t);
  const names = await segments(folder);
  for (const name of names.slice(1)) {
    const file = `segments/${name}`;
    const opening = openChanged(folder, (copy) => rm(path.join(copy, file)));
    await t.rejects(opening, { name: 'LogDamage', message: /missing|next one begins with/ }, name);
  }
  const without = openChanged(folder, (copy) => rm(path.join(copy, 'segments'), { recursive: true }));
  await t.rejects(without, {
    name: 'LogDamage',
    message: /there is no segment \(.*\), though the checkpoint covers 300/,
  });
});

t.test('a last segment that was cut off anywhere is noticed, whatever was in the rest', async (t) => {
  const folder = await leaveLog(t);
  const file = `segments/${(await segments(folder)).at(-1)}`;
  const content = await readFile(path.join(folder, file));
  const end = content.findLastIndex((byte) => byte !== 0) + 1;
  for (const length of [0, 30, 64, 70, 88, 150, end - 1, end, end + 1, content.byteLength - 1]) {
    const opening = openChanged(folder, (copy) => truncate(path.join(copy, file), length));
    const message = length < 64 ? /the header of the segment is broken/ : /the file was cut off: \d+ bytes are missing/;
    await t.rejects(opening, { name: 'LogDamage', file, message }, `${length} bytes`);
  }
  const grown = await openChanged(folder, async () => undefined);
  await grown.close();
});

t.test('a segment of another place or another log is none of this one', async (t) => {
  const folder = await leaveLog(t);
  const [first = '', second = ''] = await segments(folder);
  const swapped = openChanged(folder, async (copy) => {
    await writeFile(path.join(copy, 'segments', second), await readFile(path.join(copy, 'segments', first)));
  });
  await t.rejects(swapped, { name: 'LogDamage', file: `segments/${second}`, offset: 0 });
});

t.test('a checkpoint by another key, or of another origin, keeps the log from starting', async (t) => {
  const folder = await leaveLog(t);
  const key = makeLogKey();
  await t.rejects(openTestLog({ folder, settings, key }), {
    name: 'KeyMissing',
    message:
      /written with the key exchange-log lienthong\.example\/test\+[^,]+, which is not there \(there is lienthong/,
  });
  await t.rejects(openTestLog({ folder, settings, origin: 'lienthong.example/other' }), {
    name: 'KeyMissing',
    message: /begun as "lienthong\.example\/test", not as "lienthong\.example\/other"/,
  });
  await rm(path.join(folder, 'keys.json'));
  await t.rejects(openTestLog({ folder, settings, key }), {
    name: 'LogDamage',
    message: /of "lienthong\.example\/test" and not signed by lienthong\.example\/test\+/,
  });
  await t.rejects(openTestLog({ folder, settings, origin: 'lienthong.example/other' }), {
    name: 'LogDamage',
    message: /of "lienthong\.example\/test" and not signed by lienthong\.example\/other\+/,
  });
  const forged = openChanged(folder, (copy) => writeCheckpoint(copy, key, 300, rootOfNumbers(300)));
  await t.rejects(forged, { name: 'LogDamage', message: /not signed by/ });
});

t.test('a checkpoint of the right key that the tiles do not reproduce keeps the log from starting', async (t) => {
  const folder = await leaveLog(t);
  for (const [what, size, root] of [
    ['another root', 300, rootOfNumbers(301)],
    ['a size that the log never had a checkpoint of', 298, rootOfNumbers(298)],
    ['a size beyond the log', 1000, rootOfNumbers(1000)],
  ] as const) {
    const opening = openChanged(folder, (copy) => writeCheckpoint(copy, testLogKey, size, root));
    await t.rejects(opening, { name: 'LogDamage' }, what);
  }
});

t.test('an older checkpoint put back is continued, never contradicted', async (t) => {
  const folder = await leaveLog(t);
  const older = checkpointed - 1;
  const log = await openChanged(folder, (copy) => writeCheckpoint(copy, testLogKey, older, rootOfNumbers(older)));
  await demandNumbers(t, log, durable);
  await log.close();
});

t.test('a damaged full tile or bundle makes no proof that holds', async (t) => {
  const folder = await leaveLog(t);
  for (const [file, place] of [
    ['tile/0/000', 40],
    ['tile/entries/000', 100],
  ] as const) {
    const log = await openChanged(folder, (copy) => flip(path.join(copy, file), place));
    const { size, root } = checkpointOf(log);
    const failed = [];
    for (let index = 0; index < 256; index += 1) {
      const leaf = leafHash(await log.readEntry(index));
      const proof = await inclusionProof(log.reader, index, size);
      try {
        verifyInclusion(leaf, index, size, proof, root);
      } catch (error) {
        t.ok(error instanceof ProofError);
        failed.push(index);
      }
    }
    t.ok(failed.length > 0, `${file}: ${failed.length} proofs do not hold`);
    await log.close();
  }
});

t.test('a log without its checkpoint is not taken for a new one', async (t) => {
  const folder = await makeLogFolder(t);
  const log = await openTestLog({ folder, settings });
  await recordEntries(log, 5);
  await log.close();
  await rm(path.join(folder, 'checkpoint'));
  await t.rejects(openTestLog({ folder, settings }), { name: 'LogDamage', file: 'checkpoint' });
});

async function writeCheckpoint(folder: string, key: PrivateJwk, size: number, root: Buffer): Promise<void> {
  await writeFile(path.join(folder, 'checkpoint'), createIdentity(testOrigin, key).sign({ size, root }));
}
