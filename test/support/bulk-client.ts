/** Sends many messages in one request as a client does that reads while it sends: Node's fetch may not. */

import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { createLineSplitter } from '../../src/exchange/bulk/split-lines.ts';
import type { AnswerSource } from '../../src/exchange/types.ts';
import type { BulkEnd, ResultOf } from '../../src/http/bulk/result-lines.ts';
import type { Answer } from './answers.ts';
import type { Flat } from './flat.ts';
import type { TestGateway } from './gateway.ts';
import { askService } from './troubled.ts';

/** A result, and the last line. */
export type BulkLine = Flat<ResultOf | SettledLine | LastLine>;

interface SettledLine {
  readonly status: number;
  readonly logIndex: number;
  readonly source: AnswerSource;
  readonly ageSeconds: number;
  readonly body: { readonly found: boolean; readonly exchangeId: string };
  readonly problem: Answer;
  readonly retryAfterSeconds: number;
}

interface LastLine extends Pick<BulkEnd, 'lines'> {
  readonly done: boolean;
  readonly byStatus: Readonly<Record<string, number>>;
  readonly next: number;
}

export interface BulkCall {
  readonly request: ClientRequest;
  /** Resolves when the answer begins. */
  readonly response: Promise<IncomingMessage>;
}

export interface BulkTarget {
  readonly url: string;
  readonly service: string;
  readonly headers: Readonly<Record<string, string>>;
}

export const consumer = 'VN/GOV/G07/social-protection';
const lineBytesMax = 1024 * 1024;
export const pin = '099190000001';

export async function askTarget(gateway: TestGateway, client = consumer, service = askService): Promise<BulkTarget> {
  const authorization = `Bearer ${await gateway.token(client)}`;
  return { url: gateway.url, service: `VN/GOV/${service}`, headers: { 'x-road-client': client, authorization } };
}

/** The request is open: its body is the caller's to write. */
export function openBulk({ url, service, headers }: BulkTarget): BulkCall {
  const request = httpRequest(`${url}/r1/${service}/v1`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson', ...headers },
  });
  request.flushHeaders();
  const response = new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', resolve).once('error', reject);
  });
  return { request, response };
}

export async function* resultLines(response: IncomingMessage): AsyncGenerator<BulkLine> {
  const splitter = createLineSplitter(lineBytesMax);
  for await (const chunk of response) {
    for (const { content = new Uint8Array(0) } of splitter.split(chunk))
      yield JSON.parse(Buffer.from(content).toString());
  }
}

export interface BulkAnswer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  /** Without the last one. */
  readonly results: readonly BulkLine[];
  readonly last: BulkLine;
}

/** The whole at once; a string is sent as it is. */
export async function sendBulk(target: BulkTarget, body: readonly object[] | string | Buffer): Promise<BulkAnswer> {
  const { request, response } = openBulk(target);
  const isText = typeof body === 'string' || Buffer.isBuffer(body);
  request.end(isText ? body : body.map((line) => `${JSON.stringify(line)}\n`).join(''));
  const answer = await response;
  const lines: BulkLine[] = [];
  for await (const line of resultLines(answer)) lines.push(line);
  return {
    status: answer.statusCode ?? 0,
    headers: answer.headers,
    results: lines.slice(0, -1),
    last: lines.at(-1) as BulkLine,
  };
}

export const askLine = (id: string, more: object = {}) => ({ id, message: { pin, ...more } });
