/** A restart at any size: in the middle of a bundle, and exactly where tiles of one and of two levels become full. */

import { readdir } from 'node:fs/promises';
import path from 'node:path';
import t from 'tap';
import { partialTiles, tilePath } from '../../src/exchange-log/tree/tile-path.ts';
import { createKillableDisk } from '../support/killable-disk.ts';
import { demandNumbers, killLog, makeLogFolder, openTestLog, recordEntries } from '../support/log-fixture.ts';

t.setTimeout(60_000);

/** Every file that serves entries and hashes. */
async function tilesOf(folder: string): Promise<string[]> {
  const entries = await readdir(path.join(folder, 'tile'), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => path.join(parentPath, name));
  return files.map((file) => path.relative(folder, file)).sort();
}

/** Files of a log that had no checkpoint but that of this size. */
function expectedTiles(size: number): string[] {
  const files = partialTiles(size).map(({ level, index, width }) => tilePath(level, index, width));
  for (let level = 0, full = Math.floor(size / 256); full > 0; level += 1, full = Math.floor(full / 256)) {
    for (let index = 0; index < full; index += 1) files.push(tilePath(level, index));
  }
  return files
    .flatMap((file) => (file.startsWith('tile/0/') ? [file, file.replace('/0/', '/entries/')] : [file]))
    .sort();
}

for (const size of [0, 1, 2, 255, 256, 257, 511, 512, 513, 700]) {
  t.test(`a log of ${size} entries is left, found again and goes on`, async (t) => {
    const folder = await makeLogFolder(t);
    const log = await openTestLog({ folder, settings: { checkpointIntervalMs: 60_000 } });
    await recordEntries(log, size);
    await log.close();

    const again = await openTestLog({ folder });
    await demandNumbers(t, again, size);
    await recordEntries(again, 3);
    await again.close();
    const third = await openTestLog({ folder });
    await demandNumbers(t, third, size + 3);
    await third.close();
  });
}

/** One log grows through all of these; at each it is killed and found again, then left and found again. */
t.test('around 65,536 entries, where a tile of level 1 becomes full', async (t) => {
  const folder = await makeLogFolder(t);
  for (const size of [65_000, 65_535, 65_536, 65_537, 65_792]) {
    const disk = createKillableDisk();
    const log = await openTestLog({ folder, disk, settings: { segmentBytes: 1 << 20 } });
    await recordEntries(log, size - log.size());
    await killLog(log, disk);

    for (let start = 0; start < 2; start += 1) {
      const found = await openTestLog({ folder });
      await demandNumbers(t, found, size);
      await found.close();
    }
    const there = new Set(await tilesOf(folder));
    t.same(
      expectedTiles(size).filter((file) => !there.has(file)),
      [],
      'no file of the format is missing',
    );
  }
});
