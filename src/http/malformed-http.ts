/** Answers bytes that never became a request, or not a whole one, as far as anybody still listens. */

import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { ConnectionError } from 'fastify';
import { problemKinds } from '../problem-kinds.ts';
import { Problem } from '../problems.ts';

/** Answers what never became a request with the least that RFC 9457 allows, and closes; for `clientErrorHandler`. */
export function answerMalformedHttp(error: Pick<ConnectionError, 'code'>, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  // The answer under way; Node's own handler looks here too.
  const { _httpMessage: answer } = socket as { _httpMessage?: ServerResponse | null };
  if (answer?.req.complete) {
    // It belongs to an earlier request: what is written now would be taken for that request's answer.
    answer.shouldKeepAlive = false;
    return;
  }
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && answer?.headersSent && !answer.writableEnded) {
    // Answered line by line while it comes, for as long as it goes on: its route has times of its own.
    return;
  }
  if (answer !== null && answer !== undefined && !answer.headersSent && answer.req.listenerCount('error') > 0) {
    // Its request is with a route that is still reading: the route refuses it, and records that, before it answers.
    answer.shouldKeepAlive = false;
    answer.req.emit('error', bodyFault(error.code));
    return;
  }
  if (!answer?.headersSent) socket.write(malformedReply(MALFORMED_REPLIES.get(error.code) ?? MALFORMED_REPLY));
  socket.destroySoon();
}

function bodyFault(code: string | undefined): Problem {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return new Problem('request-timeout', 'The message did not arrive whole in the time allowed.');
  }
  return new Problem('request-malformed', 'The body is not framed as its headers say.');
}

interface MalformedReply {
  readonly status: number;
  readonly detail: string;
}

const MALFORMED_REPLY: MalformedReply = { status: 400, detail: 'The bytes received are not an HTTP/1.1 request.' };
const MALFORMED_REPLIES: ReadonlyMap<string, MalformedReply> = new Map([
  ['ERR_HTTP_REQUEST_TIMEOUT', { status: 408, detail: 'The request did not arrive whole in the time allowed.' }],
  ['HPE_CHUNK_EXTENSIONS_OVERFLOW', { status: 413, detail: 'The chunk extensions are longer than allowed.' }],
  ['HPE_HEADER_OVERFLOW', { status: 431, detail: 'The request line and headers are longer than allowed.' }],
]);

function malformedReply({ status, detail }: MalformedReply): string {
  const { title, mend, xRoadType } = problemKinds['request-malformed'];
  const code = 'request-malformed';
  const content = JSON.stringify({ type: `/problems/${code}`, title, status, detail, code, message: detail, mend });
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    `Date: ${new Date().toUTCString()}`,
    'Content-Type: application/problem+json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(content)}`,
    `X-Road-Error: ${xRoadType}`,
    'Connection: close',
    '',
    content,
  ].join('\r\n');
}
