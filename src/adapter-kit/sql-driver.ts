/** What the two SQL engines must do alike, so that queues, time limits and failures are written once. */

export type SqlValue = string | number | boolean | Date | null;

/**
 * One row by column name. On both engines: DATE is `YYYY-MM-DD`, date-times are text in UTC, DECIMAL is text, BIGINT is a
 * number where that is exact and text where it is not. JSON is parsed on PostgreSQL and text on MariaDB, booleans are 0 and 1
 * on MariaDB.
 */
export type SqlRow = Readonly<Record<string, unknown>>;

export type SqlDialect = 'postgres' | 'mariadb';

/** A statement with its named parameters turned into the placeholders of its engine. */
export interface SqlStatement {
  readonly name: string;
  readonly text: string;
  /** Names in the order of the values. */
  readonly parameters: readonly string[];
}

export interface SqlDriver {
  readonly dialect: SqlDialect;
  /** A connection of the pool, new or used before; the caller sees to it that there are never more than `poolMax`. */
  connect(): SqlConnection | Promise<SqlConnection>;
  /** Closes every connection; none may be in use. */
  close(): Promise<void>;
}

/** A connection in one caller's hands until it is released or destroyed, which happens once. */
export interface SqlConnection {
  /** Has the server end each statement that follows when this time is over; undefined is the operator's limit. */
  limitTo(leftMs: number | undefined): void;
  /** Runs the statement as a prepared one; no rows where it gives none. */
  run(statement: SqlStatement, values: readonly SqlValue[]): Promise<SqlRow[]>;
  /** Begins a transaction that reads what is committed (READ COMMITTED). */
  begin(): Promise<void>;
  commit(): Promise<void>;
  rollback(): Promise<void>;
  /** Asks the server to give up what this connection runs; resolves when the server has taken the request. */
  cancel(): Promise<void>;
  release(): void;
  destroy(): void;
}

/** Both engines keep their sessions in UTC, so a point in time travels as UTC without a zone. */
export function toSql(value: SqlValue): string | number | boolean | null {
  return value instanceof Date ? value.toISOString().slice(0, 23).replace('T', ' ') : value;
}
