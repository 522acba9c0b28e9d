/** A start reads the right edge and the last segment, so that it costs the same however long the log is. */

import t from 'tap';
import { type Disk, realDisk } from '../../src/exchange-log/store/disk.ts';
import { createKillableDisk } from '../support/killable-disk.ts';
import {
  checkpointOf,
  killLog,
  makeLogFolder,
  openTestLog,
  recordEntries,
  rootOfNumbers,
} from '../support/log-fixture.ts';

t.setTimeout(60_000);

const settings = { segmentBytes: 1 << 17 };
const hashBytes = 32;
const tileBytesMax = 256 * hashBytes;
const entryBytes = 40;

function countReads() {
  const counted = { bytes: 0, files: 0 };
  const disk: Disk = {
    ...realDisk,
    async read(path) {
      const content = await realDisk.read(path);
      counted.bytes += content.byteLength;
      counted.files += 1;
      return content;
    },
  };
  return { counted, disk };
}

t.test('what a start reads does not grow with the log', async (t) => {
  for (const size of [1_000, 100_000]) {
    const folder = await makeLogFolder(t);
    const killable = createKillableDisk();
    const log = await openTestLog({ folder, disk: killable, settings });
    await recordEntries(log, size);
    await log.waitForCheckpoint(size - 1);
    await killLog(log, killable);
    for (const after of ['a kill', 'a recovery', 'an orderly end']) {
      const { counted, disk } = countReads();
      const again = await openTestLog({ folder, disk, settings });
      t.equal(again.size(), size);
      t.same(checkpointOf(again).root, rootOfNumbers(size));
      const bytesMax = settings.segmentBytes + 3 * tileBytesMax + 256 * entryBytes + 1000;
      t.ok(counted.bytes <= bytesMax, `after ${after}: ${counted.bytes} bytes for ${size} entries`);
      t.ok(counted.files <= 7, `${counted.files} files`);
      await again.close();
    }
  }
});
