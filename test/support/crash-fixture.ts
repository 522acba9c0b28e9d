/** Crashes a log before every single operation on its disk, and says where it does not come back whole. */

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

const kinds = ['killed', 'synced', 'mixed'] as const;
type Kind = (typeof kinds)[number];

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

/** What is wrong of: every acknowledged entry is there, nothing that was never recorded is, and the log goes on. */
async function faultOf(t: Test, crash: Crash, kind: Kind): Promise<object | undefined> {
  const folder = await makeLogFolder(t);
  await layOut(crash[kind], folder);
  const name = `${kind} before ${crash.before}`;
  const { acknowledged, published, recorded } = crash;
  try {
    const log = await openTestLog({ folder, settings });
    const size = log.size();
    await demandNumbers(t, log, size);
    await recordEntries(log, 1);
    await log.close();
    const isWhole = size >= Math.max(acknowledged, published) && size <= recorded;
    return isWhole ? undefined : { name, size, acknowledged, published, recorded };
  } catch (error) {
    return { name, error, acknowledged, published, recorded };
  }
}

/** Starts the log on what each crash left; of what is the same after two crashes, once. */
export async function recoverFromAll(
  t: Test,
  crashes: readonly Crash[],
): Promise<{ readonly recoveries: number; readonly faults: readonly object[] }> {
  const checks = crashes.flatMap((crash, at) => {
    const different = kinds.filter((kind) => !isSame(crash, crashes[at + 1], kind));
    return different.map((kind) => ({ crash, kind }));
  });
  const faults: object[] = [];
  const next = checks.values();
  const work = async () => {
    for (const { crash, kind } of next) {
      const fault = await faultOf(t, crash, kind);
      if (fault !== undefined) faults.push(fault);
    }
  };
  await Promise.all([work(), work(), work()]);
  return { recoveries: checks.length, faults };
}

/** Whether the next operation left the same, and nothing more was promised meanwhile. */
function isSame(one: Crash, other: Crash | undefined, kind: Kind): boolean {
  if (other === undefined || one.recorded !== other.recorded || one[kind].size !== other[kind].size) return false;
  return [...one[kind]].every(([name, content]) => other[kind].get(name)?.equals(content));
}
