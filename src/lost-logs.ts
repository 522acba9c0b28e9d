/** Finds the further logs of a data folder that held something and have no checkpoint any more: whoever takes one away must be noticed. */

import path from 'node:path';
import { type DataLog, dataLog, dataLogs } from './data-logs.ts';
import { headCopyName, readHeadCopy, whatToDoAboutLoss } from './exchange-log/head-copy.ts';
import { LogDamage } from './exchange-log/store/damage.ts';
import { isMissing, realDisk } from './exchange-log/store/disk.ts';
import { layoutOf } from './exchange-log/store/layout.ts';

export interface LostLog {
  /** Of the file that should be there, in the data folder. */
  readonly path: string;
  /** Of the log, in the data folder. */
  readonly folder: string;
  readonly why: string;
}

/**
 * In the order of their numbers. One is known by what it left in its folder, or by the copy of what it signed last in
 * `keys/`; a copy under another origin is that of a log that was given up. Throws LogDamage for a copy that is damaged.
 */
export async function lostLogs(dataFolder: string, origin: string): Promise<LostLog[]> {
  // The copies first: where a log has one, its checkpoint was there before.
  const copied = new Map<number, number>();
  for (const log of await copiedLogs(dataFolder, origin)) {
    const copy = await readHeadCopy(realDisk, log.headCopy);
    if (copy?.origin === log.origin) copied.set(log.number, copy.size);
  }
  const numbers = [
    ...dataLogs(dataFolder, origin)
      .slice(1)
      .map(({ number }) => number),
    ...copied.keys(),
  ];
  const lost: LostLog[] = [];
  for (const number of [...new Set(numbers)].sort((a, b) => a - b)) {
    const log = dataLog(dataFolder, origin, number);
    const { checkpoint } = layoutOf(log.folder);
    if (await isThere(checkpoint)) continue;
    const size = copied.get(number);
    if (size === undefined && !(await holdsEntries(log))) continue;
    const known =
      size === undefined ? 'holds entries' : `had signed ${size} entries (${path.relative(dataFolder, log.headCopy)})`;
    lost.push({
      path: path.relative(dataFolder, checkpoint),
      folder: path.relative(dataFolder, log.folder),
      why: `the file is missing, though the log ${known}`,
    });
  }
  return lost;
}

/** For a start, also of fewer workers than there were: nobody else would look for a log that is not opened. Throws LogDamage. */
export async function demandNoneLost(dataFolder: string, origin: string): Promise<void> {
  const [lost] = await lostLogs(dataFolder, origin);
  if (lost === undefined) return;
  throw new LogDamage(lost.path, undefined, `${lost.why}. ${whatToDoAboutLoss(lost.folder)}`);
}

async function copiedLogs(dataFolder: string, origin: string): Promise<DataLog[]> {
  const [stem, ending] = headCopyName.split('.');
  const form = new RegExp(`^${stem}-([1-9]\\d{0,3})\\.${ending}$`);
  const names = await realDisk.list(path.join(dataFolder, 'keys'));
  return names
    .map((name) => Number(form.exec(name)?.[1]))
    .filter((number) => number > 1)
    .map((number) => dataLog(dataFolder, origin, number));
}

/** A log whose making was cut short has an empty segment at most. */
async function holdsEntries({ folder }: DataLog): Promise<boolean> {
  const layout = layoutOf(folder);
  return (await isThere(layout.head)) || (await realDisk.list(layout.file('tile'))).length > 0;
}

async function isThere(file: string): Promise<boolean> {
  try {
    await realDisk.read(file);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}
