/** Remembers the highest number that an evidence file was given, so that none is given again when the files themselves are kept no longer. */

import { hash } from 'node:crypto';
import path from 'node:path';
import { LogDamage } from '../store/damage.ts';
import { type Disk, isMissing } from '../store/disk.ts';
import { replaceFile } from '../store/replace-file.ts';
import { parseOnDisk } from './file-name.ts';

/** In the folder of the evidence files. */
const lastNumberName = 'last-number';

const checkCharacters = 8;
/** The number, and by what a changed byte of it is told. */
const print = (number: number) => `${number} ${hash('sha256', `evidence ${number}`).slice(0, checkCharacters)}\n`;

/** 0 before the first file. Folders from before it was written down are asked for the files that are there. Throws LogDamage. */
export async function readLastNumber(disk: Disk, folder: string): Promise<number> {
  const there = (await disk.list(folder)).map((name) => parseOnDisk(name)?.number ?? 0);
  return Math.max(0, await readKept(disk, folder), ...there);
}

/** Durable when this resolves: only then may a file bear the number. */
export function keepLastNumber(disk: Disk, folder: string, number: number): Promise<void> {
  return replaceFile(disk, path.join(folder, lastNumberName), print(number));
}

/** 0 where none is kept. Throws LogDamage. */
export async function readKept(disk: Disk, folder: string): Promise<number> {
  let text: string;
  try {
    text = (await disk.read(path.join(folder, lastNumberName))).toString();
  } catch (error) {
    if (isMissing(error)) return 0;
    throw error;
  }
  const number = Number.parseInt(text, 10);
  if (Number.isSafeInteger(number) && text === print(number)) return number;
  throw new LogDamage(
    `${path.basename(folder)}/${lastNumberName}`,
    undefined,
    'it is not as it was written: restore it from a backup, or, where no evidence file was ever deleted, remove it',
  );
}
