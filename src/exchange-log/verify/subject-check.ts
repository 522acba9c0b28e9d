/** Checks that the entries about each subject are numbered from 1 without gap or repeat, in little memory. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { numberedSubjectOf } from '../numbers/catch-up.ts';
import { LogFault } from './log-fault.ts';

export interface SubjectCheck {
  /** Entries with a subject so far. */
  readonly counted: number;
  /** Takes the log's entries in order. Throws LogFault for the first that is numbered wrongly. */
  add(file: string, index: number, entry: Buffer): void;
  close(): Promise<void>;
}

interface Last {
  readonly number: number;
  readonly at: number;
}

/** Keeps the last number of each subject in a temporary file: nobody knows how many people a log is about. */
export async function createSubjectCheck(): Promise<SubjectCheck> {
  const folder = await mkdtemp(path.join(tmpdir(), 'lienthong-subjects-'));
  const database = new DatabaseSync(path.join(folder, 'subjects.db'));
  // Nobody needs the file after a crash; one open transaction spares a commit for each entry.
  database.exec(`PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;
    CREATE TABLE subject (name TEXT PRIMARY KEY, number INTEGER NOT NULL, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    BEGIN`);
  const find = database.prepare('SELECT number, at FROM subject WHERE name = ?');
  const set = database.prepare('INSERT OR REPLACE INTO subject VALUES (?, ?, ?)');
  let counted = 0;

  return {
    get counted() {
      return counted;
    },
    add(file, index, entry) {
      const { subject, subjectNumber } = numberedSubjectOf(entry);
      if (subject === undefined && subjectNumber === undefined) return;
      const fault = (message: string) => new LogFault(file, `entry ${index} ${message}`);
      if (subject === undefined) throw fault(`is numbered ${subjectNumber} and has no subject`);
      if (subjectNumber === undefined) throw fault('has a subject and is not numbered');
      const last = find.get(subject) as Last | undefined;
      if (subjectNumber !== (last?.number ?? 0) + 1) throw fault(explain(subject, subjectNumber, last));
      set.run(subject, subjectNumber, index);
      counted += 1;
    },
    async close() {
      database.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function explain(subject: string, number: number, last: Last | undefined): string {
  const expected = (last?.number ?? 0) + 1;
  const kind = number < expected ? 'repeats a number' : 'leaves a gap';
  const before = last === undefined ? 'the first one about that subject' : `${last.number} was entry ${last.at}`;
  return `${kind} of subject ${subject}: it has ${number} instead of ${expected} (${before})`;
}
