/** A connection to PostgreSQL that survives what its server sends: pg alone throws out of the socket, which ends the process. */

import type { Duplex } from 'node:stream';
import pg from 'pg';
import { createFrameCheck, MessageTooLong } from './postgres-frames.ts';
import { SourceError } from './source-error.ts';
import { type AnswerLimits, unbounded } from './sql-settings.ts';

export interface GuardedConfig extends pg.ClientConfig {
  /** No bounds if absent. */
  readonly answer?: AnswerLimits;
}

/**
 * Whatever the server sends that cannot be read, is not expected or is too much ends this connection, and what runs on it
 * fails with SourceError `garbled`, or `answer-invalid` if it is only too much, or text that is no UTF-8.
 */
export class GuardedClient extends pg.Client {
  readonly #limits: AnswerLimits;
  #bytes = 0;
  #rows = 0;

  constructor(config: GuardedConfig = {}) {
    super(config);
    this.#limits = config.answer ?? unbounded;
    const { connection } = this as unknown as { readonly connection: Wire };
    const attach = connection.attachListeners;
    connection.attachListeners = (stream) => attach.call(connection, this.#guarded(stream));
    connection.on('dataRow', (row) => this.#checkRow(row));
  }

  /** What arrives from now on counts as one answer. */
  expectAnswer(): void {
    this.#bytes = 0;
    this.#rows = 0;
  }

  /** The one place that hands the server's bytes to pg, whether they came by TLS or not. */
  #guarded(stream: Duplex): Duplex {
    const check = createFrameCheck(this.#limits.answerBytesMax);
    const guard = (listener: (chunk: Buffer) => void) => (chunk: Buffer) => {
      if (stream.destroyed) return;
      try {
        this.#countBytes(chunk.length);
        check(chunk);
        listener(chunk);
      } catch (error) {
        stream.destroy(this.#faultOf(error));
      }
    };
    const on = (event: string, listener: (chunk: Buffer) => void) =>
      stream.on(event, event === 'data' ? guard(listener) : listener);
    // All that pg-protocol does with a stream is to listen.
    return { on } as unknown as Duplex;
  }

  #countBytes(bytes: number): void {
    this.#bytes += bytes;
    const { answerBytesMax } = this.#limits;
    if (this.#bytes > answerBytesMax) throw this.#tooMuch(`${answerBytesMax} bytes`);
  }

  /** pg-protocol reads a column that is longer than its message out of the next one, or leaves the rest out. */
  #checkRow({ length, fields }: DataRow): void {
    this.#rows += 1;
    const { rowsMax } = this.#limits;
    if (this.#rows > rowsMax) throw this.#tooMuch(`${rowsMax} rows`);
    let bytes = rowHeadBytes;
    for (const field of fields) bytes += columnHeadBytes + (field === null ? 0 : Buffer.byteLength(field));
    if (bytes === length) return;
    // PostgreSQL sends what a database in UTF8 keeps without a look: one record of other bytes tells nothing of the rest.
    const isOtherText = fields.some((field) => field?.includes(unreadCharacter) === true);
    throw this.#fault(isOtherText ? 'answer-invalid' : 'garbled', 'sent a row that cannot be read');
  }

  /** An error of pg's own may quote values: it goes no further. */
  #faultOf(error: unknown): SourceError {
    if (error instanceof SourceError) return error;
    if (error instanceof MessageTooLong) return this.#tooMuch(`${this.#limits.answerBytesMax} bytes`);
    return this.#fault('garbled', 'sent what cannot be read');
  }

  #tooMuch(most: string): SourceError {
    return this.#fault('answer-invalid', `answers with over ${most}`);
  }

  #fault(kind: 'answer-invalid' | 'garbled', what: string): SourceError {
    return new SourceError(kind, `${this.host}:${this.port}/${this.database}: the server ${what}`);
  }
}

/** What pg's types leave out of its connection. */
interface Wire {
  attachListeners(this: Wire, stream: Duplex): void;
  on(event: 'dataRow', listener: (row: DataRow) => void): void;
}

interface DataRow {
  /** Of the message, without its type. */
  readonly length: number;
  readonly fields: readonly (string | null)[];
}

/** The length itself and the number of columns; then each has its own length (PostgreSQL documentation, "Message Formats"). */
const rowHeadBytes = 6;
const columnHeadBytes = 4;
/** What stands in for bytes that are no UTF-8, and is longer than most of them. */
const unreadCharacter = '\u{FFFD}';
