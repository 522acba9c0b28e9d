/** Writes one log's entries into the index, in order, each once, over a connection that nobody else has. */

import { createHash } from 'node:crypto';
import { SourceError } from '../adapter-kit/source-error.ts';
import type { StateSession } from '../state/session.ts';
import { readStatement } from '../state/statements.ts';
import { type EntryRow, entryRow } from './entry-row.ts';
import { ForeignLog } from './foreign-log.ts';
import { createMonths } from './months.ts';
import { createTextNumbers, type TextKey } from './texts.ts';

/** The log as the index reads it. */
export interface EntrySource {
  readonly origin: string;
  /** The mark of its segments, 32 hexadecimal digits, which no other log has; undefined where it is of before such records. */
  readonly logId: string | undefined;
  /** Durable entries. */
  size(): number;
  /** Entries from an index on, in order: at least one where there is one, `count` at most. */
  readEntries(from: number, count: number): Promise<readonly Buffer[]>;
}

export interface LogWriter {
  /** Entries indexed. */
  readonly indexed: number;
  /**
   * Why what is indexed is not of this log as it is now: then it has to be forgotten first. Throws ForeignLog where nobody
   * can say that it ever was of this log, as where the log began anew under its key.
   */
  mismatch(): Promise<string | undefined>;
  /** Empties the index of this log, whole or not at all. */
  forget(statementTimeoutMs: number): Promise<void>;
  /** Adds the next entries, `count` at most, whole or not at all; returns the indexes of those that have no row. */
  add(count: number): Promise<readonly number[]>;
}

const folder = new URL('sql/', import.meta.url);
const enterLog = readStatement(folder, 'enter-log');
const logOf = readStatement(folder, 'log');
const keepLogId = readStatement(folder, 'keep-log-id');
const firstEntry = readStatement(folder, 'first-entry');
const lockLog = readStatement(folder, 'lock-log');
const forgetLog = readStatement(folder, 'forget-log');
const addEntries = readStatement(folder, 'add-entries');

/** So many entries are read and printed in one turn of the event loop, which they hold up for less than a millisecond. */
const turnEntries = 64;

interface LogState {
  readonly id: number;
  readonly indexed: number;
  readonly last_digest: string | null;
  readonly log_id: string | null;
}

/** Throws ForeignLog where another log of this name is indexed, and then changes nothing. Throws SourceError, also where another process writes the index of this log: the lock is held until the session ends. */
export async function openLogWriter(session: StateSession, source: EntrySource): Promise<LogWriter> {
  const { origin } = source;
  await session.query(enterLog, { origin, logId: source.logId ?? null });
  const log = await lockedState(session, source);
  const texts = createTextNumbers(session);
  const months = createMonths(session);
  let { indexed, last_digest: lastDigest } = log;

  /** As in a log that was indexed before its mark was kept. */
  const isUnnamed = log.log_id === null && source.logId !== undefined;
  const takeName = async () => {
    if (isUnnamed) await session.query(keepLogId, { log: log.id, logId: source.logId });
  };

  /** Undefined where it is of this log. */
  async function difference(): Promise<string | undefined> {
    if (indexed > source.size()) return `${indexed} entries are indexed, and the log has ${source.size()}`;
    if (indexed === 0) return undefined;
    const [last] = await source.readEntries(indexed - 1, 1);
    return last !== undefined && sha256(last) === lastDigest
      ? undefined
      : `entry ${indexed - 1} of the log is not the one that was indexed`;
  }

  /** As a log has that was restored from a backup, and one that was begun anew has not: that one's rows are all there is left of it. */
  async function hasSameBeginning(): Promise<boolean> {
    const [first] = await session.query<{ log_index: number; id: string }>(firstEntry, { log: log.id });
    if (first === undefined) return true;
    if (first.log_index >= source.size()) return false;
    const [entry] = await source.readEntries(first.log_index, 1);
    return entry !== undefined && entryRow(entry, first.log_index)?.facts.id === first.id;
  }

  async function write(rows: readonly EntryRow[], entries: readonly Buffer[]): Promise<void> {
    await months.demand(rows.map(({ facts }) => facts.time));
    const until = indexed + entries.length;
    const digest = sha256(entries.at(-1) as Buffer);
    const moved = await session.query(addEntries, {
      log: log.id,
      from: indexed,
      until,
      unreadable: entries.length - rows.length,
      digest: Buffer.from(digest, 'hex'),
      rows: await print(rows),
    });
    if (moved.length === 0) throw new SourceError('failed', `another process has written the index of ${origin}`);
    indexed = until;
    lastDigest = digest;
  }

  async function print(rows: readonly EntryRow[]): Promise<string> {
    const keys = new Set<TextKey>();
    for (const { texts } of rows) for (const key of Object.values(texts)) if (key !== null) keys.add(key);
    const numbers = await texts.of(keys);
    const printed: string[] = [];
    for (const { facts, texts } of rows) {
      const row: Record<string, unknown> = { ...facts };
      for (const [column, key] of Object.entries(texts)) if (key !== null) row[column] = numbers.get(key);
      printed.push(JSON.stringify(row));
      if (printed.length % turnEntries === 0) await nextTurn();
    }
    return `[${printed.join()}]`;
  }

  return {
    get indexed() {
      return indexed;
    },
    async mismatch() {
      const reason = await difference();
      if (reason !== undefined && (isUnnamed || !(await hasSameBeginning()))) throw new ForeignLog(origin);
      await takeName();
      return reason;
    },
    async forget(statementTimeoutMs) {
      await session.transaction(() => session.query(forgetLog, { log: log.id }), statementTimeoutMs);
      await takeName();
      months.forget();
      indexed = 0;
      lastDigest = null;
    },
    async add(count) {
      const entries = await read(source, indexed, Math.min(indexed + count, source.size()));
      if (entries.length === 0) return [];
      const rows: EntryRow[] = [];
      const unreadable: number[] = [];
      for (const [ordinal, entry] of entries.entries()) {
        const row = entryRow(entry, indexed + ordinal);
        if (row === undefined) unreadable.push(indexed + ordinal);
        else rows.push(row);
        if (ordinal % turnEntries === turnEntries - 1) await nextTurn();
      }
      await write(rows, entries);
      return unreadable;
    },
  };
}

/** From bundle to bundle. */
async function read(source: EntrySource, from: number, until: number): Promise<readonly Buffer[]> {
  const entries: Buffer[] = [];
  while (from + entries.length < until) {
    const next = from + entries.length;
    entries.push(...(await source.readEntries(next, until - next)));
  }
  return entries;
}

async function lockedState(session: StateSession, { origin, logId }: EntrySource): Promise<LogState> {
  const state = async () => (await session.query<LogState>(logOf, { origin }))[0] as LogState;
  const { id, log_id: known } = await state();
  // Before the lock: also while the other one's gateway runs.
  if (known !== null && logId !== undefined && known !== logId) throw new ForeignLog(origin);
  const [lock] = await session.query<{ locked: boolean }>(lockLog, { log: id });
  if (lock?.locked !== true) {
    throw new SourceError('unavailable', `another process writes the index of ${origin}: no two gateways share a log`);
  }
  // Only now nobody else can move it.
  return state();
}

function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
