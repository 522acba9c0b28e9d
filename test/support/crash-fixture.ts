/** Crashes a log before every single operation on its disk, and demands that each time it comes back whole. */

import type { Test } from 'tap';
import type { Cosigning } from '../../src/exchange-log/cosigning.ts';
import { realDisk } from '../../src/exchange-log/store/disk.ts';
import type { TransparencyLog } from '../../src/exchange-log/transparency-log.ts';
import { checkpointOf, demandNumbers, makeLogFolder, openTestLog, recordEntries, seldom } from './log-fixture.ts';
import { createPowerCutDisk, layOut, type Remains } from './power-cut-disk.ts';
import { createRandom } from './random-fixture.ts';

/** Small, so that a short run fills several segments. */
const settings = { ...seldom, segmentBytes: 8192, entryBytesMax: 1000, batchBytesMax: 3000 };

/** What is known of a log from outside. */
export interface Known {
  /** Entries acknowledged, and recorded, so far. */
  readonly acknowledged: number;
  readonly recorded: number;
  /** Entries of the newest checkpoint that anyone can have seen. */
  readonly published: number;
}

export interface Crash extends Known {
  /** The operation that did not come about any more. */
  readonly before: string;
  readonly killed: Remains;
  /** After a power cut: of what was not synced, nothing or some. */
  readonly synced: Remains;
  readonly mixed: Remains;
}

export interface Start extends Known {
  readonly remains: Remains;
}

/** Who is shown the log's checkpoints, and how much of it they have seen so far. */
export interface CrashWitness {
  readonly cosigning: Cosigning;
  readonly cosignedSize: () => number;
}

export const newLog: Start = { remains: new Map(), acknowledged: 0, recorded: 0, published: 0 };

/** Opens a log on what lies there, records so many entries at a time, and gives what each crash meanwhile would leave. */
export async function crashEverywhere(
  t: Test,
  start: Start,
  counts: readonly number[],
  witness?: CrashWitness,
): Promise<Crash[]> {
  const folder = await makeLogFolder(t);
  await layOut(start.remains, folder);
  const crashes: Crash[] = [];
  const random = createRandom(counts.length);
  let log: TransparencyLog | undefined;
  let { acknowledged, recorded, published } = start;
  const disk = createPowerCutDisk({
    disk: realDisk,
    folder,
    before: start.remains,
    step: (before) => {
      acknowledged = log?.size() ?? acknowledged;
      published = Math.max(witness?.cosignedSize() ?? 0, log === undefined ? published : checkpointOf(log).size);
      const mixed = disk.powerCut(() => random.chance(0.5));
      const synced = disk.powerCut(() => false);
      crashes.push({ before, killed: disk.killed(), synced, mixed, acknowledged, recorded, published });
    },
  });
  log = await openTestLog({
    folder,
    disk,
    settings: { ...settings, checkpointIntervalMs: 5 },
    cosigning: witness?.cosigning,
  });
  for (const count of counts) {
    recorded = log.size() + count;
    await recordEntries(log, count);
    if (count > 50 && witness === undefined) await log.waitForCheckpoint(log.size() - 1);
  }
  await log.close();
  return crashes;
}

/** Every acknowledged entry is there, nothing that was never recorded is, and the log goes on. */
async function demandRecovered(t: Test, crash: Crash, kind: 'killed' | 'synced' | 'mixed'): Promise<void> {
  const folder = await makeLogFolder(t);
  await layOut(crash[kind], folder);
  const name = `${kind} before ${crash.before}`;
  try {
    const log = await openTestLog({ folder, settings });
    const size = log.size();
    t.ok(size >= Math.max(crash.acknowledged, crash.published) && size <= crash.recorded, name, { size, crash });
    await demandNumbers(t, log, size);
    await recordEntries(log, 1);
    await log.close();
  } catch (error) {
    t.fail(name, { error, known: { ...crash, killed: undefined, synced: undefined, mixed: undefined } });
  }
}

export async function demandAllRecovered(t: Test, crashes: readonly Crash[]): Promise<void> {
  const checks = crashes.flatMap((crash, at) => {
    const kinds = (['killed', 'synced', 'mixed'] as const).filter((kind) => !isSame(crash, crashes[at + 1], kind));
    return kinds.map((kind) => ({ crash, kind }));
  });
  const next = checks.values();
  const work = async () => {
    for (const { crash, kind } of next) await demandRecovered(t, crash, kind);
  };
  await Promise.all([work(), work(), work()]);
}

/** Whether the next operation left the same, and nothing more was promised meanwhile. */
function isSame(one: Crash, other: Crash | undefined, kind: 'killed' | 'synced' | 'mixed'): boolean {
  if (other === undefined || one.recorded !== other.recorded || one[kind].size !== other[kind].size) return false;
  return [...one[kind]].every(([name, content]) => other[kind].get(name)?.equals(content));
}
