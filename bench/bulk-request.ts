/** Sends lines in one request and counts their results, as cheaply as it can: the core is shared with what is measured. */

import { type ClientRequest, request as httpRequest } from 'node:http';

export interface BulkRequest {
  /** Address that is posted to. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly lines: number;
  /** From 1; without its line feed. */
  readonly line: (number: number) => string;
  /** Status that every line must get. */
  readonly status: number;
  /** Told now and then how many results have come. */
  readonly onResults?: (results: number) => void;
}

const lineFeed = 0x0a;
/** Lines that are written together. */
const together = 64;

/** Seconds from the first line to the last result. Throws Error where one line got another status. */
export async function sendBulkRequest(bulk: BulkRequest): Promise<number> {
  const startMs = performance.now();
  const { url, headers } = bulk;
  const request = httpRequest(url, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/x-ndjson' },
  });
  request.flushHeaders();
  const answered = new Promise<string>((resolve, reject) => {
    request.once('error', reject).once('response', (response) => {
      let results = 0;
      let end = '';
      response.on('data', (chunk: Buffer) => {
        for (let at = chunk.indexOf(lineFeed); at !== -1; at = chunk.indexOf(lineFeed, at + 1)) results += 1;
        end = (end + chunk.toString('latin1')).slice(-2000);
        bulk.onResults?.(results);
      });
      response.once('end', () => resolve(end)).once('error', reject);
    });
  });
  for (let line = 1; line <= bulk.lines && !request.destroyed; line += together) {
    const count = Math.min(together, bulk.lines - line + 1);
    const text = Array.from({ length: count }, (_one, index) => `${bulk.line(line + index)}\n`).join('');
    if (!request.write(text)) await drained(request);
  }
  request.end();
  const last = (await answered).trimEnd().split('\n').at(-1) ?? '';
  const expected = `{"done":true,"lines":${bulk.lines},"byStatus":{"${bulk.status}":${bulk.lines}}}`;
  if (last !== expected) throw new Error(`the request ends with ${last}`);
  return (performance.now() - startMs) / 1000;
}

function drained(request: ClientRequest): Promise<void> {
  return new Promise((resolve) => {
    const on = () => {
      request.off('drain', on).off('close', on);
      resolve();
    };
    request.once('drain', on).once('close', on);
  });
}
