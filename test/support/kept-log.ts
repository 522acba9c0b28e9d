/** Holds the log that a process left against what the process had promised. */

import type { Test } from 'tap';
import { openCheckpoint } from '../../src/exchange-log/note/checkpoint.ts';
import { parseVerifierKey } from '../../src/exchange-log/note/keys.ts';
import { rootAt } from '../../src/exchange-log/tree/proof.ts';
import { folderSource } from '../../src/exchange-log/verify/log-source.ts';
import { verifyLog } from '../../src/exchange-log/verify/verify-log.ts';
import { demandNumbers, openTestLog, recordEntries, testOrigin } from './log-fixture.ts';
import { type Recorded, recorderSettings } from './recorder.ts';

export type Promised = Pick<Recorded, 'acknowledged' | 'checkpoints'>;

/** Opens what is left: nothing promised is missing or contradicted, it goes on, and it passes verification. */
export async function demandKept(t: Test, folder: string, promised: Promised, name: string): Promise<void> {
  const { acknowledged, checkpoints } = promised;
  const log = await openTestLog({ folder, settings: recorderSettings });
  const verifier = parseVerifierKey(log.vkey);
  const size = log.size();
  t.ok(size >= acknowledged, `${name}: ${acknowledged} acknowledged, ${size} found`);
  await demandNumbers(t, log, size);
  for (const note of checkpoints) {
    const { checkpoint } = openCheckpoint(Buffer.from(note), { origin: testOrigin, verifier });
    if ((await rootAt(log.reader, checkpoint.size)).equals(checkpoint.root)) continue;
    t.fail(`${name}: the checkpoint of ${checkpoint.size} entries is contradicted`);
  }
  await recordEntries(log, 1);
  await log.close();
  const newest = checkpoints.at(-1);
  const older = newest === undefined ? undefined : Buffer.from(newest);
  const report = await verifyLog(await folderSource(folder), { verifier, older, progress: () => undefined });
  t.equal(report.checkpoint.size, size + 1, `${name}: it passes verification and goes on`);
}
