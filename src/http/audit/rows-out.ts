/** Writes rows in the form that was asked for, as they come: in little memory, and never with a clean end before the last one. */

import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from '../../problems.ts';
import { preferredMediaTypes } from '../x-road/accept.ts';
import { csvLine } from './csv.ts';

export type RowForm = 'json' | 'csv' | 'ndjson';

export interface ExportLimits {
  readonly exportRowsMax: number;
  readonly exportTimeoutMs: number;
}

type Row = object;

const mediaTypes: ReadonlyMap<string, RowForm> = new Map([
  ['application/json', 'json'],
  ['application/*', 'json'],
  ['*/*', 'json'],
  ['text/csv', 'csv'],
  ['text/*', 'csv'],
  ['application/x-ndjson', 'ndjson'],
]);
const contentTypes = { csv: 'text/csv; charset=utf-8; header=present', ndjson: 'application/x-ndjson; charset=utf-8' };
/** Rows are collected up to this size: a chunk for each would cost more than the row. */
const chunkCharacters = 16_384;

/** The form that is understood and wanted most; JSON where there is none. */
export function rowFormOf(request: FastifyRequest): RowForm {
  const understood = preferredMediaTypes(request.headers.accept).find((type) => mediaTypes.has(type));
  return mediaTypes.get(understood ?? '') ?? 'json';
}

/** Aborted when the reader has gone, or has taken longer than allowed. */
export function readerSignal(reply: FastifyReply, timeoutMs: number): AbortSignal {
  const gone = new AbortController();
  if (reply.raw.destroyed) gone.abort();
  else reply.raw.once('close', () => gone.abort());
  return AbortSignal.any([gone.signal, AbortSignal.timeout(timeoutMs)]);
}

/**
 * Sends the rows. What fails before the first row is thrown, and becomes a problem; what fails later breaks the
 * connection, for the status has left already: a reader sees an unfinished body (RFC 9112 section 8).
 */
export async function sendRows<R extends Row>(
  reply: FastifyReply,
  rows: AsyncIterable<R>,
  { form, columns, rowsMax }: { form: 'csv' | 'ndjson'; columns: readonly (keyof R & string)[]; rowsMax: number },
  broken: (error: unknown) => void,
): Promise<FastifyReply> {
  const iterator = rows[Symbol.asyncIterator]();
  const first = await iterator.next();
  const head = form === 'csv' ? csvLine(columns) : '';
  const print = (row: R) =>
    form === 'csv' ? csvLine(columns.map((column) => row[column])) : `${JSON.stringify(row)}\n`;

  async function* chunks(): AsyncGenerator<string> {
    let chunk = head;
    let count = 0;
    try {
      for (let one = first; !one.done; one = await iterator.next()) {
        count += 1;
        if (count > rowsMax) throw new Problem('result-too-large', `There are more than ${rowsMax} rows.`);
        chunk += print(one.value);
        if (chunk.length < chunkCharacters) continue;
        yield chunk;
        chunk = '';
      }
      if (chunk !== '') yield chunk;
    } catch (error) {
      broken(error);
      throw error;
    } finally {
      await iterator.return?.();
    }
  }

  return reply.type(contentTypes[form]).send(Readable.from(chunks(), { objectMode: false }));
}
