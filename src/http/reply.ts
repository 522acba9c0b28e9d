/** Writes a recorded exchange as an HTTP reply: X-Road's headers, the gateway's own, and the answer or the problem. */

import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Acceptance, Answer, Forwarded, Incoming, QuotaState, Settled } from '../exchange/types.ts';
import type { Problem } from '../problems.ts';
import { renderError } from './x-road/errors.ts';
import { requestHash } from './x-road/request-hash.ts';

export interface ReplyContext {
  readonly incoming: Incoming;
  readonly messageIdMade: boolean;
  /** X-Road-Request-Id, made for this call. */
  readonly requestId: string;
  /** Origin of the log that holds the entry. */
  readonly log: string;
}

/** The only place that lets an answer out; it asks for the settled exchange, so that nothing can come before the record. */
export function sendSettled(
  request: FastifyRequest,
  reply: FastifyReply,
  context: ReplyContext,
  settled: Settled,
): FastifyReply {
  const { outcome, position, trail } = settled;
  const headers = exchangeHeaders(request, context, settled.traceParent);
  headers.push('exchange-log-index', String(position.index), 'exchange-log', context.log);
  if (trail.quota !== undefined) pushQuotaHeaders(headers, trail.quota);
  if ('answer' in outcome && outcome.answer.accepted === undefined) return sendAnswer(reply, headers, outcome.answer);
  setHeaders(reply, headers);
  if ('problem' in outcome) return sendProblem(request, reply, context.incoming.id, outcome.problem);
  return sendAccepted(reply, outcome.answer, outcome.answer.accepted as Acceptance);
}

/** Past Fastify, which would put each header into an object and look at it again: they are all known, and sendable, here. */
function sendAnswer(reply: FastifyReply, headers: string[], answer: Answer): FastifyReply {
  const { content, bytes, contentType } = answer;
  pushCacheHeaders(headers, answer);
  const length = bytes === undefined ? Buffer.byteLength(content) : bytes.length;
  headers.push('content-type', contentType, 'content-length', String(length));
  // Set where this connection is to be the caller's last: the gateway is closing.
  const connection = reply.getHeader('connection');
  if (connection !== undefined) headers.push('connection', String(connection));
  reply.hijack();
  reply.raw.writeHead(200, headers);
  if (bytes === undefined) reply.raw.end(content);
  else reply.raw.end(bytes, 'latin1');
  return reply;
}

/** A repetition gets the first reply again: id, place, log and log index are those of the exchange that is delivered. */
function sendAccepted(reply: FastifyReply, { content, contentType }: Answer, accepted: Acceptance): FastifyReply {
  reply.header('exchange-id', accepted.exchangeId).header('location', `/v1/exchanges/${accepted.exchangeId}`);
  if (accepted.repeats !== undefined) {
    reply.header('exchange-log-index', accepted.repeats.index).header('exchange-log', accepted.repeats.log);
  }
  return reply.code(202).type(contentType).send(content);
}

/** The answer is withheld because its record failed; there is no log index to tell. */
export function sendWithheld(
  request: FastifyRequest,
  reply: FastifyReply,
  context: ReplyContext,
  problem: Problem,
): FastifyReply {
  setHeaders(reply, exchangeHeaders(request, context));
  return sendProblem(request, reply, context.incoming.id, problem);
}

/** A problem in the form that the caller understands: RFC 9457, or X-Road's XML. */
export function sendProblem(
  request: FastifyRequest,
  reply: FastifyReply,
  exchangeId: string,
  problem: Problem,
): FastifyReply {
  const { contentType, content } = renderError(problem, exchangeId, request.headers.accept);
  reply.header('x-road-error', problem.kind.xRoadType);
  if (problem.retryAfterSeconds !== undefined) reply.header('retry-after', problem.retryAfterSeconds);
  if (problem.allow !== undefined) reply.header('allow', problem.allow.join(', '));
  if (problem.kind.status === 401) reply.header('www-authenticate', 'Bearer');
  return reply.code(problem.kind.status).type(contentType).send(content);
}

/** Names and values in turn. */
function exchangeHeaders(request: FastifyRequest, context: ReplyContext, traced?: string): string[] {
  const { incoming, messageIdMade, requestId } = context;
  const headers: string[] = [];
  if (incoming.clientId !== undefined) headers.push('x-road-client', incoming.clientId);
  if (incoming.serviceId !== undefined) headers.push('x-road-service', incoming.serviceId);
  if (incoming.messageId !== '') headers.push('x-road-id', incoming.messageId);
  const hash = requestHash({
    method: incoming.verb,
    pathAndQuery: request.raw.url ?? '',
    rawHeaders: request.raw.rawHeaders,
    requestId,
    generatedMessageId: messageIdMade ? incoming.messageId : undefined,
    body: incoming.content,
  });
  headers.push('x-road-request-id', requestId, 'x-road-request-hash', hash, 'exchange-id', incoming.id);
  headers.push('traceparent', traceParentOf(request, context, traced));
  // Personal data belongs in no cache but the gateway's own.
  headers.push('cache-control', 'no-store');
  return headers;
}

function setHeaders(reply: FastifyReply, headers: readonly string[]): void {
  for (let index = 0; index < headers.length; index += 2) {
    reply.header(headers[index] as string, headers[index + 1] as string);
  }
}

const traceParentForm = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/**
 * W3C Trace Context: the caller's trace goes on; without one, the exchange id is the trace id, so that both lead to each
 * other. What is traced here says by itself whether it is sampled; else it is not (section 3.2.2.5).
 */
export function traceParentOf(request: FastifyRequest, { incoming, requestId }: ReplyContext, traced?: string): string {
  const sent = request.headers.traceparent;
  if (typeof sent === 'string' && traceParentForm.test(sent)) return sent;
  if (traced !== undefined) return traced;
  return `00-${hexOf(incoming.id)}-${requestId.slice(19, 23)}${requestId.slice(24)}-00`;
}

/** The digits of a UUID. */
function hexOf(uuid: string): string {
  return uuid.slice(0, 8) + uuid.slice(9, 13) + uuid.slice(14, 18) + uuid.slice(19, 23) + uuid.slice(24);
}

/** draft-ietf-httpapi-ratelimit-headers: quota and window of the policy, what remains and when it is full again. */
function pushQuotaHeaders(headers: string[], { policy, remaining, resetSeconds }: QuotaState): void {
  const windowSeconds = Math.max(1, Math.ceil(policy.burst / policy.requestsPerSecond));
  headers.push('ratelimit-policy', `"agreement";q=${policy.burst};w=${windowSeconds}`);
  headers.push('ratelimit', `"agreement";r=${remaining};t=${resetSeconds}`);
}

/** RFC 9211: what the gateway's cache did, and where the answer was kept; a stale answer has a negative ttl: its registry was to be asked. */
function pushCacheHeaders(headers: string[], answer: Answer): void {
  const { source, level, ageSeconds, ttlSeconds, forwarded } = answer;
  if (source === 'gateway') return;
  const way = forwarded === undefined ? 'hit' : printForwarded(forwarded);
  const ttl = ttlSeconds === undefined ? '' : `; ttl=${ttlSeconds}`;
  if (source === 'registry') headers.push('cache-status', `lienthong; ${way}${ttl}`);
  else {
    const detail = source === 'stale' ? `stale-if-error.${level}` : level;
    headers.push('cache-status', `lienthong; ${way}${ttl}; detail=${detail}`, 'age', String(ageSeconds));
  }
}

function printForwarded({ because, isStored, isCollapsed }: Forwarded): string {
  return `fwd=${because}${isStored ? '; stored' : ''}${isCollapsed ? '; collapsed' : ''}`;
}
