/** Names what lies among the gateway's own files of a log, which nobody else reads, and is none of them. */

import path from 'node:path';
import { parseOnDisk } from '../evidence/file-name.ts';
import { realDisk } from '../store/disk.ts';
import { parseSegmentName } from '../store/layout.ts';
import { LogFault } from './log-fault.ts';

const unfinishedForm = /^(segment|file|tree|timestamp)-\d+$/;

/** What an evidence file belongs to; the second one is on its way. */
const markForm = /^subject-keys(\.new)?$/;

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
}
