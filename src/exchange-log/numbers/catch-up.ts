/** Brings the file of last numbers and late entries up to the log: from where it stopped, or from the first entry if it cannot be used. */

import { hash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { lateIdIn } from './late.ts';
import type { FileMark, SubjectFile } from './subject-file.ts';
import { isUnusable, openSubjectFile, removeSubjectFile } from './subject-file.ts';

/** The durable entries of the log, however they are kept. */
export interface LoggedEntries {
  readonly size: number;
  entry(index: number): Promise<Buffer>;
  /** From that index to the end, in order, some at a time. */
  from(index: number): AsyncIterable<readonly Buffer[]>;
}

export interface Recount {
  readonly reason: string;
  /** Entries read. */
  readonly done: number;
  /** Of them there are so many to read. */
  readonly total: number;
}

export interface CatchUpSetup {
  readonly path: string;
  readonly cacheBytesMax: number;
  readonly entries: LoggedEntries;
  /** Told at the start and as it goes on, if there is more to read than a crash leaves behind. */
  readonly recounting: (recount: Recount) => void;
}

/** In one transaction; what a crash leaves behind is less. */
const stepEntries = 50_000;

/** The file, exact for every entry of the log. Throws where the log cannot be read, or no file can be made. */
export async function catchUp(setup: CatchUpSetup): Promise<SubjectFile> {
  const { path, cacheBytesMax, entries } = setup;
  const fault = existsSync(path) ? await faultOf(setup) : 'there is no file of them yet';
  if (fault !== undefined) removeSubjectFile(path);
  const file = openSubjectFile(path, cacheBytesMax);
  try {
    const start = file.mark?.size ?? 0;
    const total = entries.size - start;
    const reason = fault ?? `the file of them ends ${total} entries before the log`;
    const tell = (done: number) => {
      if (total > stepEntries || (fault !== undefined && total > 0)) setup.recounting({ reason, done, total });
    };
    if (file.mark === undefined || total > 0) await replay(file, entries, start, tell);
    return file;
  } catch (error) {
    file.close();
    throw error;
  }
}

/** What forbids to go on with the file; undefined where it is a part of this very log's history. */
async function faultOf({ path, cacheBytesMax, entries }: CatchUpSetup): Promise<string | undefined> {
  let file: SubjectFile | undefined;
  try {
    file = openSubjectFile(path, cacheBytesMax);
    const { mark } = file;
    if (mark === undefined) return 'the file of them is empty';
    if (mark.size > entries.size)
      return `the file of them claims ${mark.size} entries, and the log has ${entries.size}`;
    const last = mark.size === 0 ? undefined : await entries.entry(mark.size - 1);
    return markOf(mark.size, last).lastEntryHash.every((byte, at) => byte === mark.lastEntryHash[at])
      ? undefined
      : 'the file of them is another log’s';
  } catch (error) {
    if (!isUnusable(error) && file !== undefined) throw error;
    return `the file of them cannot be used: ${(error as Error).message}`;
  } finally {
    file?.close();
  }
}

/** @param last the entry before `size`. */
export function markOf(size: number, last: Uint8Array | undefined): FileMark {
  return { size, lastEntryHash: hash('sha256', last ?? '', 'buffer') };
}

async function replay(
  file: SubjectFile,
  entries: LoggedEntries,
  start: number,
  tell: (done: number) => void,
): Promise<void> {
  tell(0);
  let size = start;
  let committed = start;
  let last: Buffer | undefined;
  for await (const some of entries.from(start)) {
    for (const [nth, entry] of some.entries()) {
      const { subject, subjectNumber } = numberedSubjectOf(entry);
      if (subject !== undefined && subjectNumber !== undefined) file.set(subject, subjectNumber);
      const lateId = lateIdIn(entry);
      if (lateId !== undefined) file.setLate(lateId, size + nth);
    }
    size += some.length;
    last = some.at(-1) ?? last;
    if (size - committed < stepEntries) continue;
    file.commit(markOf(size, last));
    committed = size;
    tell(size - start);
  }
  file.commit(markOf(size, last));
  if (size > committed) tell(size - start);
}

export interface NumberedSubject {
  readonly subject?: string;
  readonly subjectNumber?: number;
}

const printedName = Buffer.from('"subject');

/** Parses only where there can be something to find: most of the time goes there. */
export function numberedSubjectOf(entry: Buffer): NumberedSubject {
  return entry.includes(printedName) ? (JSON.parse(entry.toString()) as NumberedSubject) : {};
}
