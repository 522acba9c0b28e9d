/** One bulk request from its first line to its last: sends and reads at the same time, for a gateway stops reading from who does not read. */

import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { endsBulk } from '../../exchange/bulk/in-turn.ts';
import { createLineSplitter } from '../../exchange/bulk/split-lines.ts';
import type { LineQueue } from './line-queue.ts';
import type { ResultFiles, ResultLine } from './result-files.ts';
import type { SourceLine } from './source-lines.ts';

export interface BulkTarget {
  /** Of the gateway. */
  readonly url: string;
  /** With its version: `VN/GOV/G01/population/get-person/v1`. */
  readonly service: string;
  readonly headers: Readonly<Record<string, string>>;
}

export type ConnectionEnd =
  /** Every line that was read has its result. */
  | { readonly kind: 'done' }
  /** Another request can go on; not before so many milliseconds. */
  | { readonly kind: 'again'; readonly reason: string; readonly waitMs: number }
  /** No other request would fare better. */
  | { readonly kind: 'refused'; readonly reason: string };

/** The end of an answer, or a whole refusal. */
interface Told {
  readonly done?: boolean;
  readonly status: number;
  readonly detail: string;
  readonly retryAfterSeconds: number | undefined;
}

const stallMs = 120_000;
/** The gateway answers before it reads lines: a refusal would be lost with a connection that is cut while it is written to. */
const answerWaitMs = 2000;
const answerLineBytesMax = 64 * 1024 * 1024;
const refusalCharactersMax = 65_536;

/**
 * @param answered told after each chunk whose results are on file.
 * @param leaving aborted when whoever started it wants no more.
 */
export async function carryOver(
  target: BulkTarget,
  queue: LineQueue,
  files: Pick<ResultFiles, 'add' | 'flush'>,
  answered: () => void,
  leaving: AbortSignal,
): Promise<ConnectionEnd> {
  const request = openRequest(target, leaving);
  const over = new AbortController();
  const sending = sendLines(request, queue, over.signal).catch((error: unknown) => error as Error);
  let told: Told | Error;
  try {
    told = await readAnswer(request, queue, files, answered);
  } finally {
    over.abort();
    queue.wake();
    request.destroy();
  }
  const fault = await sending;
  if (fault instanceof Error) throw fault;
  return endOf(told, queue);
}

function openRequest({ url, service, headers }: BulkTarget, signal: AbortSignal): ClientRequest {
  const place = new URL(`${url.replace(/\/$/, '')}/r1/${service}`);
  const request = place.protocol === 'https:' ? httpsRequest : httpRequest;
  const all = { 'content-type': 'application/x-ndjson', ...headers };
  const opened = request(place, { method: 'POST', headers: all, agent: false, signal });
  opened.setTimeout(stallMs, () => opened.destroy(new Error(`nothing moved for ${stallMs / 1000} s`)));
  opened.flushHeaders();
  // Told by whoever waits for the answer.
  opened.on('error', () => undefined);
  return opened;
}

/** What an earlier connection left unanswered goes first. Throws where the source cannot be read. */
async function sendLines(request: ClientRequest, queue: LineQueue, over: AbortSignal): Promise<void> {
  if (!(await isLetIn(request))) return;
  for (const { bytes } of [...queue.unanswered]) {
    if (over.aborted) return;
    await write(request, bytes);
  }
  while (!over.aborted && !queue.isRead) {
    await queue.room();
    if (over.aborted) return;
    const line = await queue.read();
    if (line !== undefined) await write(request, line.bytes);
  }
  request.end();
}

/** True also where nothing is known in time: something in between may want lines first. */
function isLetIn(request: ClientRequest): Promise<boolean> {
  return new Promise((resolve) => {
    const late = setTimeout(() => resolve(true), answerWaitMs);
    const know = (isLetIn: boolean) => {
      clearTimeout(late);
      resolve(isLetIn);
    };
    request.once('response', ({ statusCode }) => know(statusCode === 200)).once('close', () => know(false));
  });
}

function write(request: ClientRequest, bytes: Uint8Array): Promise<void> | undefined {
  if (request.destroyed || request.write(bytes)) return undefined;
  return new Promise((resolve) => {
    const on = () => {
      request.off('drain', on).off('close', on);
      resolve();
    };
    request.once('drain', on).once('close', on);
  });
}

/** A broken connection is an Error that is returned; those of the files are thrown. */
async function readAnswer(
  request: ClientRequest,
  queue: LineQueue,
  files: Pick<ResultFiles, 'add' | 'flush'>,
  answered: () => void,
): Promise<Told | Error> {
  const response = await responseTo(request);
  if (response instanceof Error) return response;
  // Told by what reads it, and nobody reads on behind its last line.
  response.on('error', () => undefined);
  if (response.statusCode !== 200) return refusalOf(response);
  const splitter = createLineSplitter(answerLineBytesMax);
  const chunks = response[Symbol.asyncIterator]();
  const idMade = String(response.headers['x-road-id']);
  let isEnding = false;
  for (let position = 1; ; ) {
    const chunk = await nextOf(chunks);
    if (chunk instanceof Error) return chunk;
    let told: Told | undefined;
    for (const { content = new Uint8Array(0) } of splitter.split(chunk)) {
      const printed = Buffer.from(content).toString();
      const line = JSON.parse(printed);
      if ('done' in line) told = { ...line, status: line.problem?.status, detail: line.problem?.detail };
      // Nothing is known of this line that would last: it is sent again, and what follows it, too.
      isEnding ||= line.problem !== undefined && endsBulk(line.problem.code);
      if (told !== undefined || isEnding) continue;
      const source = lineOf(queue, line, position, `${idMade}-${position}`);
      files.add(source, line, printed);
      queue.answer();
      position += 1;
    }
    await files.flush();
    answered();
    if (told !== undefined) return told;
  }
}

/** A line that the gateway could not read has an id that the gateway made. */
function lineOf(queue: LineQueue, result: ResultLine, position: number, idMade: string): SourceLine {
  const [oldest] = queue.unanswered;
  const isIts = oldest?.id === undefined || [oldest.id, idMade].includes(result.id);
  if (oldest !== undefined && result.line === position && isIts) return oldest;
  const due = oldest === undefined ? 'none' : `line ${position} (${oldest.id ?? idMade})`;
  throw new Error(`the gateway answers line ${result.line} (${result.id}) where ${due} is due`);
}

function responseTo(request: ClientRequest): Promise<IncomingMessage | Error> {
  return new Promise((resolve) => {
    request.once('response', resolve).once('error', resolve);
    request.once('close', () => resolve(new Error('the connection was closed')));
  });
}

async function nextOf(chunks: AsyncIterator<Uint8Array>): Promise<Uint8Array | Error> {
  try {
    const { value, done } = await chunks.next();
    return done ? new Error('the answer was cut off') : value;
  } catch (error) {
    return error as Error;
  }
}

async function refusalOf(response: IncomingMessage): Promise<Told> {
  let text = '';
  for await (const chunk of response) if (text.length < refusalCharactersMax) text += chunk;
  const retryAfter = Number(response.headers['retry-after']);
  const status = response.statusCode ?? 0;
  return { status, detail: detailIn(text), retryAfterSeconds: Number.isNaN(retryAfter) ? undefined : retryAfter };
}

function detailIn(text: string): string {
  try {
    const { detail = '', mend = '' } = JSON.parse(text);
    return `${detail} ${mend}`.trim();
  } catch {
    return 'it is no gateway’s answer';
  }
}

/** What passes by itself; 413 is the most lines of one request, and the next one has as many. */
const passing: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);

function endOf(told: Told | Error, queue: LineQueue): ConnectionEnd {
  if (told instanceof Error) return { kind: 'again', reason: told.message, waitMs: 0 };
  if (told.done === true && queue.isRead && queue.unanswered.length === 0) return { kind: 'done' };
  const { status, detail, retryAfterSeconds = 0 } = told;
  const reason = `the gateway answers ${status}: ${detail}`;
  if (passing.has(status) || (status === 413 && told.done === false)) {
    return { kind: 'again', reason, waitMs: retryAfterSeconds * 1000 };
  }
  return { kind: 'refused', reason };
}
