/** Keeps the subjects' keys in a SQLite file in which an erased key is nowhere left; synchronous, so it runs in a worker. */

import { hash, randomBytes } from 'node:crypto';
import { closeSync, existsSync, fdatasyncSync, fstatSync, fsyncSync, openSync, writeSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';

export interface StoredKey {
  /** base64url, 16 bytes. */
  readonly id: string;
  /** 32 bytes. */
  readonly key: Uint8Array;
}

export type KeyRequest =
  | { readonly kind: 'current'; readonly subject: string; readonly nowMs: number }
  | { readonly kind: 'find'; readonly subject: string; readonly id: string }
  | { readonly kind: 'erase'; readonly subjects: readonly string[]; readonly madeBeforeMs: number };

export type KeyAnswer = StoredKey | 'unknown' | 'damaged' | undefined;

export interface SubjectKeyStore {
  /**
   * Answers all requests in order, in one transaction, durable when this returns: the key in force, made where there is
   * none that is sound; one key, undefined where it is erased, `unknown` where it never was in this store, `damaged`
   * where it is not the one that was made; undefined for an erasure.
   */
  run(requests: readonly KeyRequest[]): KeyAnswer[];
  /** Of this store and its copies, hexadecimal, from when it was made. */
  readonly id: string;
  close(): void;
}

const idBytes = 16;
const keyBytes = 32;
/** In place of an erased key, of the same length: an update that long is written over the old one, in its place. */
const erased = Buffer.alloc(keyBytes);
const checkBytes = 16;
const noCheck = Buffer.alloc(checkBytes);

/**
 * Keys stand in the order in which they were made and never move: no page ever holds a second, forgotten copy, and an
 * index over the subjects holds none. What is left is the rollback journal, which keeps the pages as they were before
 * each change; it is written over after every erasure. Check values stand in a table of their own for the same reason:
 * keys from before there were any stay where they are.
 */
export function openSubjectKeyStore(file: string): SubjectKeyStore {
  makeFile(file);
  const database = new DatabaseSync(file);
  const [{ journal_mode: mode } = {}] = database.prepare('PRAGMA journal_mode = PERSIST').all();
  if (mode !== 'persist') throw new Error(`${file} cannot be kept with a rollback journal`);
  database.exec(`
    PRAGMA locking_mode = EXCLUSIVE;
    PRAGMA synchronous = FULL;
    PRAGMA secure_delete = ON;
    PRAGMA temp_store = MEMORY;
    CREATE TABLE IF NOT EXISTS subject_key (
      number INTEGER PRIMARY KEY, subject TEXT NOT NULL, id BLOB NOT NULL, made_ms INTEGER NOT NULL, key BLOB NOT NULL
    ) STRICT;
    CREATE INDEX IF NOT EXISTS subject_key_subject ON subject_key (subject);
    CREATE TABLE IF NOT EXISTS subject_key_check (number INTEGER PRIMARY KEY, value BLOB NOT NULL) STRICT;
    CREATE TABLE IF NOT EXISTS store (id TEXT NOT NULL) STRICT;
    INSERT INTO store SELECT hex(randomblob(16)) WHERE NOT EXISTS (SELECT 1 FROM store);
  `);
  const journal = `${file}-journal`;
  // A crash between an erasure and this may have left one.
  overwrite(journal);
  addChecks(database);
  const select = database.prepare(`
    SELECT id, key, value FROM subject_key LEFT JOIN subject_key_check USING (number)
    WHERE subject = ? ORDER BY number DESC`);
  const { id: storeId } = database.prepare('SELECT id FROM store').get() as { id: string };
  const insert = database.prepare('INSERT INTO subject_key (subject, id, made_ms, key) VALUES (?, ?, ?, ?)');
  const insertCheck = database.prepare('INSERT INTO subject_key_check (number, value) VALUES (?, ?)');
  const updateCheck = database.prepare(`
    UPDATE subject_key_check SET value = ?
    WHERE number IN (SELECT number FROM subject_key WHERE subject = ? AND made_ms < ?)`);
  const update = database.prepare('UPDATE subject_key SET key = ? WHERE subject = ? AND made_ms < ? AND key <> ?');

  /** Erased ones too, the newest first. */
  const keysOf = (subject: string): KeptKey[] =>
    select
      .all(subject)
      .map((row) => row as { id: Uint8Array; key: Uint8Array; value: Uint8Array | null })
      .map(({ id, key, value }) => ({
        id: Buffer.from(id).toString('base64url'),
        key,
        state: stateOf(id, key, value),
      }));

  function answer(request: KeyRequest): KeyAnswer {
    switch (request.kind) {
      case 'current': {
        const known = keysOf(request.subject).find(({ state }) => state === 'sound');
        if (known !== undefined) return { id: known.id, key: known.key };
        const [id, key] = [randomBytes(idBytes), randomBytes(keyBytes)];
        const { lastInsertRowid } = insert.run(request.subject, id, request.nowMs, key);
        insertCheck.run(lastInsertRowid, checkOf(id, key));
        return { id: id.toString('base64url'), key };
      }
      case 'find': {
        const found = keysOf(request.subject).find(({ id }) => id === request.id);
        if (found === undefined) return 'unknown';
        if (found.state === 'sound') return { id: found.id, key: found.key };
        return found.state === 'damaged' ? 'damaged' : undefined;
      }
      case 'erase':
        for (const subject of request.subjects) {
          update.run(erased, subject, request.madeBeforeMs, erased);
          updateCheck.run(noCheck, subject, request.madeBeforeMs);
        }
        return undefined;
    }
  }

  return {
    id: storeId,
    run(requests) {
      database.exec('BEGIN');
      let answers: KeyAnswer[];
      try {
        answers = requests.map(answer);
        database.exec('COMMIT');
      } catch (error) {
        if (database.isTransaction) database.exec('ROLLBACK');
        throw error;
      }
      if (requests.some(({ kind }) => kind === 'erase')) overwrite(journal);
      return answers;
    },
    close: () => database.close(),
  };
}

interface KeptKey extends StoredKey {
  readonly state: 'sound' | 'erased' | 'damaged';
}

function stateOf(id: Uint8Array, key: Uint8Array, check: Uint8Array | null): KeptKey['state'] {
  if (erased.equals(key)) return 'erased';
  return checkOf(id, key).equals(check ?? noCheck) ? 'sound' : 'damaged';
}

/** Tells a changed byte; nothing of a key of 256 random bits can be found by it. */
function checkOf(id: Uint8Array, key: Uint8Array): Buffer {
  const content = Buffer.concat([Buffer.from('lienthong subject key check\0'), id, key]);
  return hash('sha256', content, 'buffer').subarray(0, checkBytes);
}

/** For keys from before there were check values, as they are found: the first ones, as both are written together since. */
function addChecks(database: DatabaseSync): void {
  const unchecked = database.prepare(`
    SELECT number, id, key FROM subject_key
    WHERE number > (SELECT coalesce(max(number), 0) FROM subject_key_check) ORDER BY number LIMIT 1000`);
  const insert = database.prepare('INSERT INTO subject_key_check (number, value) VALUES (?, ?)');
  for (let rows = unchecked.all(); rows.length > 0; rows = unchecked.all()) {
    database.exec('BEGIN');
    for (const { number, id, key } of rows as { number: number; id: Uint8Array; key: Uint8Array }[]) {
      insert.run(number, erased.equals(key) ? noCheck : checkOf(id, key));
    }
    database.exec('COMMIT');
  }
}

/** Closed to others from the beginning, and its name durable; SQLite gives its journal the same mode. */
function makeFile(file: string): void {
  if (existsSync(file)) return;
  closeSync(openSync(file, 'a', 0o600));
  const folder = openSync(path.dirname(file), 'r');
  fsyncSync(folder);
  closeSync(folder);
}

/** Between transactions the journal's first bytes are zeros already, by which SQLite knows that it holds nothing to undo. */
function overwrite(journal: string): void {
  if (!existsSync(journal)) return;
  const descriptor = openSync(journal, 'r+');
  try {
    const zeros = Buffer.alloc(1 << 16);
    for (let at = 0, { size } = fstatSync(descriptor); at < size; ) {
      at += writeSync(descriptor, zeros, 0, Math.min(zeros.byteLength, size - at), at);
    }
    fdatasyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
