/** The last number of each subject, and where late entries stand, in an SQLite file: derived from the log, so that losing it costs time and nothing else. */

import { hash } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

export interface SubjectFile {
  /** 0 for a subject that is not in it. */
  lastOf(subject: string): number;
  /** Durable, as one with whatever else came since, at the next `commit`; in the order of the log. */
  set(subject: string, number: number): void;
  /** Index of a late entry; undefined where none has that id. */
  lateAt(id: string): number | undefined;
  /** As `set`; the first entry of an id is the one that counts. */
  setLate(id: string, index: number): void;
  /** Undefined in a new file. */
  readonly mark: FileMark | undefined;
  /** All or nothing, also when the power fails; it may then be nothing. */
  commit(mark: FileMark): void;
  close(): void;
}

/** How much of which log the file accounts for. */
export interface FileMark {
  /** Entries. */
  readonly size: number;
  /** SHA-256 of the last of them; of nothing where there is none. Another log's file has another one. */
  readonly lastEntryHash: Uint8Array;
}

const formatVersion = 2;
/** Two processes never share the file; the two connections of one wait for each other only while it is opened or closed. */
const busyTimeoutMs = 2000;
const kibibyte = 1024;

const schema = `
  CREATE TABLE subject (key BLOB PRIMARY KEY, number INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE mark (one INTEGER PRIMARY KEY CHECK (one = 1), size INTEGER NOT NULL, last_entry_hash BLOB NOT NULL) STRICT;
  CREATE TABLE late (id TEXT PRIMARY KEY, entry INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  PRAGMA user_version = ${formatVersion};
`;

/** Opens the file, mode 0600, or begins it. Throws where it is no such file. */
export function openSubjectFile(path: string, cacheBytesMax: number): SubjectFile {
  writeFileSync(path, '', { flag: 'a', mode: 0o600 });
  const database = new DatabaseSync(path, { timeout: busyTimeoutMs });
  try {
    // The log can always be counted again: no sync is worth waiting for, as long as what is there is whole.
    database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
      PRAGMA cache_size = ${-Math.ceil(cacheBytesMax / kibibyte)}; PRAGMA journal_size_limit = ${cacheBytesMax}`);
    prepareSchema(database);
    return createSubjectFile(database);
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Removes the file and what SQLite keeps beside it. */
export function removeSubjectFile(path: string): void {
  for (const end of ['', '-wal', '-shm']) rmSync(path + end, { force: true });
}

/** True for an error that only a new file can mend. */
export function isUnusable(error: unknown): boolean {
  // SQLITE_CORRUPT and SQLITE_NOTADB, the low byte of the extended code.
  const code = (error as { errcode?: number } | undefined)?.errcode ?? 0;
  return [11, 26].includes(code & 0xff);
}

function prepareSchema(database: DatabaseSync): void {
  const { user_version: version } = database.prepare('PRAGMA user_version').get() as { user_version: number };
  if (version === formatVersion) return;
  if (version !== 0) throw new Error(`it has format ${version} instead of ${formatVersion}`);
  database.exec(`BEGIN; ${schema} COMMIT`);
}

function createSubjectFile(database: DatabaseSync): SubjectFile {
  const find = database.prepare('SELECT number FROM subject WHERE key = ?');
  const upsert = database.prepare(
    'INSERT INTO subject VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET number = excluded.number',
  );
  const findLate = database.prepare('SELECT entry FROM late WHERE id = ?');
  const insertLate = database.prepare('INSERT OR IGNORE INTO late VALUES (?, ?)');
  const findMark = database.prepare('SELECT size, last_entry_hash FROM mark');
  const setMark = database.prepare('INSERT OR REPLACE INTO mark VALUES (1, ?, ?)');
  const demandTransaction = () => {
    if (!database.isTransaction) database.exec('BEGIN IMMEDIATE');
  };
  return {
    lastOf: (subject) => (find.get(keyOf(subject)) as { number: number } | undefined)?.number ?? 0,
    set(subject, number) {
      demandTransaction();
      upsert.run(keyOf(subject), number);
    },
    lateAt: (id) => (findLate.get(id) as { entry: number } | undefined)?.entry,
    setLate(id, index) {
      demandTransaction();
      insertLate.run(id, index);
    },
    get mark() {
      const row = findMark.get() as { size: number; last_entry_hash: Uint8Array } | undefined;
      return row && { size: row.size, lastEntryHash: row.last_entry_hash };
    },
    commit({ size, lastEntryHash }) {
      demandTransaction();
      setMark.run(size, lastEntryHash);
      database.exec('COMMIT');
    },
    close: () => database.close(),
  };
}

const keyBytes = 16;

/** Half of what the pseudonym itself would take, and still no two people share one. */
function keyOf(subject: string): Uint8Array {
  return hash('sha256', subject, 'buffer').subarray(0, keyBytes);
}
