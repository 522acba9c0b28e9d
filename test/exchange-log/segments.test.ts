/** Segments are made ahead, follow one another without a gap, and go only when nothing in them is needed any more. */

import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import t from 'tap';
import { parseCheckpoint } from '../../src/exchange-log/note/checkpoint.ts';
import { parseNote } from '../../src/exchange-log/note/note.ts';
import { parseBundle } from '../../src/exchange-log/store/bundle.ts';
import { type Disk, realDisk } from '../../src/exchange-log/store/disk.ts';
import { layoutOf, parseSegmentName } from '../../src/exchange-log/store/layout.ts';
import { tilePath } from '../../src/exchange-log/tree/tile-path.ts';
import { listSegments, walkSegment } from '../support/log-files.ts';
import { demandNumbers, makeLogFolder, openTestLog, recordEntries } from '../support/log-fixture.ts';

const settings = { segmentBytes: 8192, entryBytesMax: 1000, checkpointIntervalMs: 10 };

t.test('a segment goes only when its entries are in full bundles that a checkpoint on disk covers', async (t) => {
  const folder = await makeLogFolder(t);
  const layout = layoutOf(folder);
  const removed: number[] = [];
  const disk: Disk = {
    ...realDisk,
    async remove(file) {
      const firstIndex = parseSegmentName(path.basename(file));
      if (firstIndex !== undefined) {
        const { entries } = await walkSegment(folder, firstIndex);
        const last = firstIndex + entries.length - 1;
        const { size } = parseCheckpoint(parseNote(await readFile(layout.checkpoint)).text);
        t.ok(size > last, `checkpoint of ${size} entries, segment up to ${last}`);
        for (const [ordinal, entry] of entries.entries()) {
          const index = firstIndex + ordinal;
          const bundle = await readFile(layout.file(tilePath('entries', Math.floor(index / 256))));
          if (!parseBundle(bundle)[index % 256]?.equals(entry)) t.fail(`entry ${index} is in no full bundle`);
        }
        removed.push(firstIndex);
      }
      await realDisk.remove(file);
    },
  };
  const log = await openTestLog({ folder, disk, settings });
  for (let round = 0; round < 30; round += 1) {
    await recordEntries(log, 90);
    await log.waitForCheckpoint(log.size() - 1);
  }
  await log.close();
  t.ok(removed.length > 8, `${removed.length} segments are gone`);
  const left = await listSegments(folder);
  t.ok((left[0] ?? 0) <= 2700 - (2700 % 256) && left.length <= 3, `left are ${left}`);
});

t.test('entries follow one another over all segments, and no commit is cut by the end of one', async (t) => {
  const folder = await makeLogFolder(t);
  const log = await openTestLog({ folder, settings: { ...settings, checkpointIntervalMs: 60_000 } });
  await recordEntries(log, 1000);
  const segments = await listSegments(folder);
  t.ok(segments.length > 4);
  let next = 0;
  for (const firstIndex of segments) {
    t.equal(firstIndex, next);
    next += (await walkSegment(folder, firstIndex)).entries.length;
  }
  t.equal(next, 1000);
  await log.close();
});

t.test(
  'a new segment is filled with zeros before it is used, and one more lies ready when it is half full',
  async (t) => {
    const folder = await makeLogFolder(t);
    const log = await openTestLog({ folder, settings });
    const { size } = await stat(layoutOf(folder).segment(0));
    t.equal(size, settings.segmentBytes);
    t.same(await readdir(layoutOf(folder).unfinished), []);
    await recordEntries(log, 110);
    while ((await readdir(layoutOf(folder).unfinished)).every((name) => !name.startsWith('segment'))) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await log.close();
    t.same(await readdir(layoutOf(folder).unfinished), [], 'what was not needed is removed');
  },
);

t.test('many restarts with little traffic leave little behind', async (t) => {
  const folder = await makeLogFolder(t);
  for (let restart = 0; restart < 12; restart += 1) {
    const log = await openTestLog({ folder, settings });
    await demandNumbers(t, log, restart * 2);
    await recordEntries(log, 2);
    await log.close();
  }
  const sizes = await Promise.all(
    (await listSegments(folder)).map(async (firstIndex) => (await stat(layoutOf(folder).segment(firstIndex))).size),
  );
  t.equal(sizes.length, 12, 'their entries are in no full bundle yet');
  t.ok(
    sizes.slice(0, -1).every((bytes) => bytes < 250),
    `bytes: ${sizes}`,
  );
});

t.test('a restart without anything new leaves one segment', async (t) => {
  const folder = await makeLogFolder(t);
  for (let restart = 0; restart < 5; restart += 1) await (await openTestLog({ folder, settings })).close();
  t.same(await listSegments(folder), [0]);
  t.ok(existsSync(layoutOf(folder).checkpoint));
});
