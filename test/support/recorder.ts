/** Starts the recording process under a fault, and holds the log that it leaves against what it was promised. */

import path from 'node:path';
import type { Test } from 'tap';
import type { PrivateJwk } from '../../src/exchange-log/identity.ts';
import { openCheckpoint } from '../../src/exchange-log/note/checkpoint.ts';
import { parseVerifierKey } from '../../src/exchange-log/note/keys.ts';
import { rootAt } from '../../src/exchange-log/tree/proof.ts';
import { folderSource } from '../../src/exchange-log/verify/log-source.ts';
import { verifyLog } from '../../src/exchange-log/verify/verify-log.ts';
import { projectRoot } from './gateway.ts';
import { demandNumbers, openTestLog, recordEntries, testLogKey, testOrigin } from './log-fixture.ts';
import { type Injection, runTraced } from './strace.ts';

export interface RecorderPlan {
  readonly folder: string;
  readonly key: PrivateJwk;
  readonly settings: Readonly<Record<string, number>>;
  /** Entries that are recorded together, one group after the other. */
  readonly counts: readonly number[];
}

export type RecorderLine =
  | { readonly acknowledged: number; readonly number: number }
  /** A signed note. */
  | { readonly checkpoint: string }
  /** Of a group, so many. */
  | { readonly refused: number }
  | { readonly failed: string }
  | { readonly end: 'closed' };

export interface Recorded {
  /** Entries that were promised to be in the log, all below this index. */
  readonly acknowledged: number;
  /** All that could be seen, in order. */
  readonly checkpoints: readonly string[];
  readonly refused: number;
  readonly failures: readonly string[];
  readonly closed: boolean;
  readonly trace: readonly string[];
  /** What the process said in the end where neither a fault nor its work ended it. */
  readonly signal: NodeJS.Signals | undefined;
}

/** Small, so that a short run fills bundles and several segments. */
export const recorderSettings = {
  segmentBytes: 8192,
  entryBytesMax: 1000,
  batchBytesMax: 3000,
  checkpointIntervalMs: 5,
};

const module = path.join(projectRoot, 'test/exchange-log/fixtures/recorder.ts');

/** Throws Error where the process ended by anything but its work or the injected signal. */
export async function recordUnder(t: Test, injection: Injection, plan: Pick<RecorderPlan, 'folder' | 'counts'>) {
  const given: RecorderPlan = { settings: recorderSettings, key: testLogKey, ...plan };
  const { code, signal, lines, trace } = await runTraced(injection, [module, JSON.stringify(given)]);
  const told = lines.map((line): RecorderLine => JSON.parse(line));
  const killed = injection.fault.startsWith('signal') && signal !== undefined;
  if (!killed && code !== 0) throw new Error(`the recorder ended with ${signal ?? code}:\n${trace.join('\n')}`);
  const wrong = told.filter((line) => 'acknowledged' in line && line.acknowledged !== line.number);
  t.same(wrong, [], 'each entry was acknowledged at the index of its number');
  return recordedOf(told, trace, signal);
}

function recordedOf(told: readonly RecorderLine[], trace: readonly string[], signal: Recorded['signal']): Recorded {
  return {
    acknowledged: told.reduce(
      (most, line) => ('acknowledged' in line ? Math.max(most, line.acknowledged + 1) : most),
      0,
    ),
    checkpoints: told.flatMap((line) => ('checkpoint' in line ? [line.checkpoint] : [])),
    refused: told.reduce((sum, line) => ('refused' in line ? sum + line.refused : sum), 0),
    failures: told.flatMap((line) => ('failed' in line ? [line.failed] : [])),
    closed: told.some((line) => 'end' in line),
    trace,
    signal,
  };
}

/** Opens what is left: nothing promised is missing or contradicted, it passes verification, and it goes on. Its size. */
export async function demandKept(
  t: Test,
  folder: string,
  { acknowledged, checkpoints }: Pick<Recorded, 'acknowledged' | 'checkpoints'>,
  name: string,
): Promise<number> {
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
  return size + 1;
}
