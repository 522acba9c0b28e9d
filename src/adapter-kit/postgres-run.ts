/** Runs statements on a connection to PostgreSQL: whatever ran there once goes as one short message from then on, and its columns are not described again. */

import type pg from 'pg';
import type { GuardedClient } from './postgres-guard.ts';
import { SourceError } from './source-error.ts';
import type { SqlRow, SqlStatement } from './sql-driver.ts';

type Value = string | number | boolean | null;

/** What pg knows of a column. */
type Field = Pick<pg.FieldDef, 'name' | 'dataTypeID'>;

export type ParserOf = (typeId: number) => (text: string) => unknown;

export type RunOnPostgres = (statement: SqlStatement, values: readonly Value[]) => Promise<SqlRow[]>;

/** The first run of each statement is pg's own, which prepares it. */
export function createPostgresRun(client: GuardedClient, parserOf: ParserOf): RunOnPostgres {
  const prepared = new Map<string, Prepared>();

  async function prepareAndRun({ name, text }: SqlStatement, values: readonly Value[]): Promise<SqlRow[]> {
    const { rows, fields } = await client.query<SqlRow>({ name, text, values: [...values] });
    prepared.set(text, preparedOf(name, fields, parserOf));
    return rows;
  }

  return (statement, values) => {
    client.expectAnswer();
    const known = prepared.get(statement.text);
    return known === undefined ? prepareAndRun(statement, values) : runPrepared(client, known, values);
  };
}

/**
 * A statement as the connection has it. Its columns stay what they were: where a table was altered, PostgreSQL refuses to
 * run it (0A000).
 */
interface Prepared {
  /** Bind's beginning: unnamed portal, name of the statement, all parameters as text. */
  readonly head: Buffer;
  readonly names: readonly string[];
  readonly parsers: readonly ((text: string) => unknown)[];
  readonly emptyRow: SqlRow;
}

function preparedOf(name: string, fields: readonly Field[], parserOf: ParserOf): Prepared {
  return {
    head: Buffer.from(`\0${name}\0\0\0`),
    names: fields.map((field) => field.name),
    parsers: fields.map(({ dataTypeID }) => parserOf(dataTypeID)),
    // Rows begin as copies of one that has every column, so that all of them have one shape.
    emptyRow: Object.fromEntries(fields.map((field) => [field.name, null])),
  };
}

function runPrepared(client: GuardedClient, prepared: Prepared, values: readonly Value[]): Promise<SqlRow[]> {
  return new Promise((resolve, reject) => {
    client.query(new PreparedRun(prepared, values, resolve, reject));
  });
}

/** What pg hands a connection's messages to while this is what the connection does. What it throws ends the connection. */
class PreparedRun implements pg.Submittable {
  readonly #prepared: Prepared;
  readonly #values: readonly Value[];
  readonly #resolve: (rows: SqlRow[]) => void;
  readonly #reject: (error: unknown) => void;
  readonly #rows: SqlRow[] = [];
  #isComplete = false;

  constructor(
    prepared: Prepared,
    values: readonly Value[],
    resolve: (rows: SqlRow[]) => void,
    reject: (error: unknown) => void,
  ) {
    this.#prepared = prepared;
    this.#values = values;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  submit({ stream }: pg.Connection): void {
    // One that is closed already tells whoever uses it by itself.
    if (stream.writable) stream.write(printRun(this.#prepared.head, this.#values));
  }

  handleDataRow({ fields }: { readonly fields: readonly (string | null)[] }): void {
    this.#rows.push(rowOf(this.#prepared, fields));
  }

  handleCommandComplete(): void {
    this.#isComplete = true;
  }

  handleEmptyQuery(): void {
    this.#isComplete = true;
  }

  handleReadyForQuery(): void {
    if (this.#isComplete) this.#resolve(this.#rows);
    else this.#reject(unexpected('ReadyForQuery'));
  }

  handleRowDescription(): never {
    throw unexpected('RowDescription');
  }

  handlePortalSuspended(): never {
    throw unexpected('PortalSuspended');
  }

  handleCopyInResponse(): never {
    throw unexpected('CopyInResponse');
  }

  handleCopyData(): never {
    throw unexpected('CopyData');
  }

  handleError(error: unknown): void {
    this.#reject(error);
  }
}

/** None of the messages that answer Bind, Execute and Sync, or not at its place. */
function unexpected(message: string): SourceError {
  return new SourceError('garbled', `${message} is no answer to a prepared statement`);
}

function rowOf({ names, parsers, emptyRow }: Prepared, texts: readonly (string | null)[]): SqlRow {
  if (texts.length !== names.length) throw new SourceError('garbled', 'a row has other columns than its statement');
  const row: Record<string, unknown> = { ...emptyRow };
  for (let index = 0; index < names.length; index += 1) {
    const text = texts[index];
    if (typeof text === 'string') row[names[index] as string] = parsers[index]?.(text);
  }
  return row;
}

/** Execute without a limit of rows, and Sync (PostgreSQL documentation, "Message Formats"). */
const executeAndSync = Buffer.from('E\0\0\0\x09\0\0\0\0\0S\0\0\0\x04', 'latin1');

/** Bind, Execute and Sync as one piece: the values as text, the results as well. */
function printRun(head: Buffer, values: readonly Value[]): Buffer {
  const texts = values.map((value) => (value === null ? null : String(value)));
  const valueBytes = texts.reduce((sum, text) => sum + 4 + (text === null ? 0 : Buffer.byteLength(text)), 0);
  const bindBytes = 4 + head.length + 2 + valueBytes + 2;
  const message = Buffer.allocUnsafe(1 + bindBytes + executeAndSync.length);
  message[0] = 'B'.charCodeAt(0);
  message.writeInt32BE(bindBytes, 1);
  let end = 5 + head.copy(message, 5);
  end = message.writeInt16BE(texts.length, end);
  for (const text of texts) end = writeValue(message, text, end);
  executeAndSync.copy(message, message.writeInt16BE(0, end));
  return message;
}

/** -1 bytes is NULL. */
function writeValue(message: Buffer, text: string | null, offset: number): number {
  if (text === null) return message.writeInt32BE(-1, offset);
  const bytes = message.write(text, offset + 4);
  message.writeInt32BE(bytes, offset);
  return offset + 4 + bytes;
}
