/** Names what lies among the gateway's own files of a log, which nobody else reads, and is none of them. */

import path from 'node:path';
import { parseOnDisk } from '../evidence/file-name.ts';
import { readKept } from '../evidence/last-number.ts';
import { LogDamage } from '../store/damage.ts';
import { realDisk } from '../store/disk.ts';
import { parseSegmentName } from '../store/layout.ts';
import { LogFault } from './log-fault.ts';

const unfinishedForm = /^(segment|file|tree|timestamp)-\d+$/;

/** What evidence files belong to and are numbered by; those behind are on their way. */
const markForm = /^(subject-keys|last-number)(\.new)?$/;

const known: Readonly<Record<string, (name: string) => boolean>> = {
  segments: (name) => name === 'head' || parseSegmentName(name) !== undefined,
  unfinished: (name) => unfinishedForm.test(name),
  evidence: (name) => markForm.test(name) || parseOnDisk(name) !== undefined,
};

/** Throws LogFault. */
export async function checkInnerFiles(folder: string): Promise<void> {
  for (const [inner, isKnown] of Object.entries(known)) {
    const stray = (await realDisk.list(path.join(folder, inner))).find((name) => !isKnown(name));
    if (stray !== undefined) throw new LogFault(`${inner}/${stray}`, 'no file of a log has this name');
  }
  await demandLastNumber(path.join(folder, 'evidence'));
}

async function demandLastNumber(evidence: string): Promise<void> {
  try {
    await readKept(realDisk, evidence);
  } catch (error) {
    throw error instanceof LogDamage ? new LogFault(error.file, error.reason, error) : error;
  }
}
