/** A crash may cut a commit off anywhere: what was acknowledged stays, what was not is cut off, and nothing else passes for a torn end. */

import { readFile, writeFile } from 'node:fs/promises';
import t, { type Test } from 'tap';
import type { LogEntry } from '../../src/exchange/entries.ts';
import type { LogRecovery } from '../../src/exchange-log/log-setup.ts';
import { LogDamage } from '../../src/exchange-log/store/damage.ts';
import { layoutOf } from '../../src/exchange-log/store/layout.ts';
import { frameCommit, recordExtraBytes, recordHeaderBytes } from '../../src/exchange-log/store/record.ts';
import { encodeSegmentHeader, scanSegment, segmentHeaderBytes } from '../../src/exchange-log/store/segment.ts';
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

/** Bytes at which a sector begins. */
function sectorsBetween(start: number, end: number): number[] {
  const first = Math.floor(start / sectorBytes) + 1;
  const count = Math.max(0, Math.ceil(end / sectorBytes) - first);
  return Array.from({ length: count }, (_one, nth) => (first + nth) * sectorBytes);
}

/** So that the first record and the second one lie across the end of a sector in every way. */
const lengthsAround = Array.from({ length: 100 }, (_one, nth) => 330 + nth);

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

t.test('a last record cut off at a sector is cut off, and its place is taken by the next one', async (t) => {
  const { folder, content, offsets, endOffset } = await leaveLog(t, [1500]);
  const last = offsets.at(-1) ?? 0;
  const cuts = [last, ...sectorsBetween(last, endOffset)];
  t.equal(cuts.length, 4);
  for (const cut of cuts) {
    const zeroed = Buffer.from(content).fill(0, cut);
    const tornBytes = cut - last;
    t.same(await reopen(folder, zeroed), { ids: ['first', 'second', 'next'], index: 2, tornBytes }, `from byte ${cut}`);
    // A crash does not shorten the file, which was filled with zeros and synced before it came to its place.
    await t.rejects(reopen(folder, content.subarray(0, cut)), /the file was cut off/, `nothing from ${cut}`);
  }
  const { ids } = await reopen(folder, content);
  t.match(ids, ['first', 'second', /^0x+$/, 'next']);
});

t.test('a record of which a part of a sector is zero is no torn end: a crash leaves whole sectors', async (t) => {
  const { folder, content, offsets, endOffset } = await leaveLog(t, [1]);
  const last = offsets.at(-1) ?? 0;
  for (let at = last; at < endOffset; at += 1) {
    if (content[at] === 0) continue;
    if (at > last + recordHeaderBytes) {
      const fromThere = Buffer.from(content).fill(0, at);
      await t.rejects(reopen(folder, fromThere), { name: 'LogDamage', offset: last }, `zeros from byte ${at}`);
    }
    const one = Buffer.from(content).fill(0, at, at + 1);
    await t.rejects(reopen(folder, one), { name: 'LogDamage', offset: last }, `a zero at byte ${at}`);
  }
  const unended = Buffer.from(content).fill(0, endOffset - 1, endOffset);
  await t.rejects(reopen(folder, unended), { message: new RegExp(`byte ${endOffset - 1} of the file must be 0x0a`) });
});

t.test('whatever single byte of a record becomes zero, wherever its sectors end, no entry is lost', async (t) => {
  const lost: string[] = [];
  const identity = { firstIndex: 7, logId: Buffer.alloc(16, 1) };
  const start = segmentHeaderBytes;
  for (const length of lengthsAround) {
    const entries = [length, 30].map((bytes) => Buffer.from(JSON.stringify({ id: 'x'.repeat(bytes) })));
    const content = Buffer.alloc(4 * sectorBytes);
    encodeSegmentHeader({ ...identity, segmentBytes: content.byteLength }).copy(content);
    let offset = start;
    for (const [ordinal, entry] of entries.entries()) {
      const record = Buffer.alloc(recordExtraBytes + entry.byteLength);
      entry.copy(record, recordHeaderBytes);
      const place = { firstIndex: 7, offset, durableOffset: start, ordinal };
      frameCommit(record, [record.subarray(recordHeaderBytes, recordHeaderBytes + entry.byteLength)], place);
      record.copy(content, offset);
      offset += record.byteLength;
    }
    for (let at = start; at < offset; at += 1) {
      if (content[at] === 0) continue;
      const scanned = scanSegment('segment', Buffer.from(content).fill(0, at, at + 1), identity);
      if (scanned.broken?.kind !== 'damaged' && scanned.entries.length < 2) lost.push(`${length}: byte ${at}`);
    }
  }
  t.same(lost, []);
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
