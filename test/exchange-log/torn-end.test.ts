/** A crash may cut a commit off anywhere: what was acknowledged stays, what was not is cut off, and nothing else passes for a torn end. */

import { readFile, writeFile } from 'node:fs/promises';
import t, { type Test } from 'tap';
import type { LogEntry } from '../../src/exchange/entries.ts';
import type { LogRecovery } from '../../src/exchange-log/log-setup.ts';
import { LogDamage } from '../../src/exchange-log/store/damage.ts';
import { layoutOf } from '../../src/exchange-log/store/layout.ts';
import { createKillableDisk } from '../support/killable-disk.ts';
import { walkSegment } from '../support/log-files.ts';
import { copyLog, killLog, makeLogFolder, openTestLog, seldom } from '../support/log-fixture.ts';

const sectorBytes = 512;

/** Three commits that no checkpoint covers; the last holds the entries of these lengths. */
async function leaveLog(t: Test, lastLengths: readonly number[]) {
  const folder = await makeLogFolder(t);
  const disk = createKillableDisk();
  const log = await openTestLog({ folder, disk, settings: seldom });
  await log.record(entryOf('first'));
  await log.waitForCheckpoint(0);
  await log.record(entryOf('second'));
  await Promise.all(lastLengths.map((length, ordinal) => log.record(entryOf(`${ordinal}`.padEnd(length, 'x')))));
  await killLog(log, disk);
  const { offsets, endOffset } = await walkSegment(folder, 0);
  const content = await readFile(layoutOf(folder).segment(0));
  return { folder, content, offsets, endOffset };
}

const entryOf = (id: string) => ({ id }) as LogEntry;

/** Opens a log with that segment instead; ids of its entries, and what was told of the recovery. */
async function reopen(folder: string, segment: Buffer) {
  const copy = await copyLog(folder, 'copy');
  await writeFile(layoutOf(copy).segment(0), segment);
  let recovery: LogRecovery | undefined;
  const log = await openTestLog({ folder: copy, observer: { recovered: (told) => (recovery = told) } });
  const { index } = await log.record(entryOf('next'));
  const ids: string[] = [];
  for (let at = 0; at < log.size(); at += 1) ids.push(JSON.parse((await log.readEntry(at)).toString()).id);
  await log.close();
  return { ids, index, tornBytes: recovery?.tornBytes };
}

t.test('a last record cut off at any byte is cut off, and its place is taken by the next one', async (t) => {
  const { folder, content, offsets, endOffset } = await leaveLog(t, [1]);
  const last = offsets.at(-1) ?? 0;
  for (let cut = last; cut < endOffset; cut += 1) {
    const zeroed = Buffer.from(content).fill(0, cut);
    t.same((await reopen(folder, zeroed)).ids, ['first', 'second', 'next'], `zeros from byte ${cut}`);
    // A crash does not shorten the file, which was filled with zeros and synced before it came to its place.
    await t.rejects(reopen(folder, content.subarray(0, cut)), /the file was cut off/, `nothing from ${cut}`);
  }
  const torn = await reopen(folder, Buffer.from(content).fill(0, last + 1));
  t.same(torn, { ids: ['first', 'second', 'next'], index: 2, tornBytes: 1 });
  t.same(await reopen(folder, content), { ids: ['first', 'second', '0', 'next'], index: 3, tornBytes: 0 });
});

t.test('a commit of which any sector did not arrive is cut off from there', async (t) => {
  const { folder, content, offsets, endOffset } = await leaveLog(t, [700, 300, 1500, 20]);
  const whole = ['0', '1', '2', '3'];
  const start = offsets[2] ?? 0;
  for (let sector = 0; sector * sectorBytes < endOffset; sector += 1) {
    const from = Math.max(start, sector * sectorBytes);
    const to = Math.min(endOffset, (sector + 1) * sectorBytes);
    if (from >= to) continue;
    const { ids } = await reopen(folder, Buffer.from(content).fill(0, from, to));
    const lost = offsets.findIndex((_offset, ordinal) => (offsets[ordinal + 1] ?? endOffset) > from) - 2;
    const kept = ids.slice(2, -1).map((id) => id.replaceAll('x', ''));
    t.same(kept, whole.slice(0, lost), `without bytes ${from} to ${to}`);
  }
});

t.test('a record of which every part arrived is no torn end, whichever byte went bad', async (t) => {
  const { folder, content, offsets, endOffset } = await leaveLog(t, [1]);
  const last = offsets.at(-1) ?? 0;
  for (let at = last; at < endOffset; at += 1) {
    const flipped = Buffer.from(content);
    flipped[at] = (flipped[at] ?? 0) ^ 0x10;
    const error = await reopen(folder, flipped).catch((reason) => reason);
    t.ok(error instanceof LogDamage, `byte ${at}`);
    t.match(error, { file: 'segments/0000000000000000.seg', offset: last });
  }
});

t.test('what was durable before the last commit is no torn end, even where a sector is missing', async (t) => {
  const { folder, content, offsets } = await leaveLog(t, [1, 1]);
  const [, second = 0, third = 0] = offsets;
  await t.rejects(reopen(folder, Buffer.from(content).fill(0, second, third)), {
    name: 'LogDamage',
    offset: second,
    message: /damaged: segments\/0000000000000000\.seg, byte \d+: the record is broken, and it was durable when/,
  });
});

t.test('a torn end before what a checkpoint covers is damage', async (t) => {
  const { folder, content, offsets } = await leaveLog(t, [1]);
  const [first = 0] = offsets;
  await t.rejects(reopen(folder, Buffer.from(content).fill(0, first)), {
    name: 'LogDamage',
    offset: first,
    message: /the segment ends before entry 0, though the checkpoint covers 1 entries/,
  });
});
