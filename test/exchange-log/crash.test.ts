/** The process is killed, or the power cut, between any two operations on the disk: no acknowledged entry is missing afterwards, and no published checkpoint is contradicted. */

import t from 'tap';
import { crashEverywhere, newLog, recoverFromAll } from '../support/crash-fixture.ts';

t.setTimeout(60_000);

t.test('a crash of a new log, across bundles, segments and checkpoints', async (t) => {
  const { recoveries, faults } = await recoverFromAll(t, await crashEverywhere(t, newLog, [1, 100, 160, 1]));
  t.strictSame(faults, [], 'every acknowledged entry is there, and the log goes on');
  t.ok(recoveries > 100, 'operations of every kind were cut', { recoveries });
});
