/** Writes a recorded exchange as an HTTP reply: X-Road's headers, the gateway's own, and the answer or the problem. */

import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Acceptance, Answer, Incoming, QuotaState, Settled } from '../exchange/types.ts';
import type { Problem } from '../problems.ts';
import { renderError } from './x-road/errors.ts';
import { requestHash } from './x-road/request-hash.ts';

export interface ReplyContext {
  readonly incoming: Incoming;
  readonly messageIdMade: boolean;
  /** X-Road-Request-Id, made for this call. */
  readonly requestId: string;
}

/** The only place that lets an answer out; it asks for the settled exchange, so that nothing can come before the record. */
export function sendSettled(
  request: FastifyRequest,
  reply: FastifyReply,
  context: ReplyContext,
  settled: Settled,
): FastifyReply {
  const { outcome, position, trail } = settled;
  setExchangeHeaders(request, reply, context);
  reply.header('exchange-log-index', position.index);
  if (trail.quota !== undefined) setQuotaHeaders(reply, trail.quota);
  if ('problem' in outcome) return sendProblem(request, reply, context.incoming.id, outcome.problem);
  const { accepted } = outcome.answer;
  if (accepted !== undefined) return sendAccepted(reply, outcome.answer, accepted);
  setCacheHeaders(reply, outcome.answer);
  return reply.code(200).type(outcome.answer.contentType).send(outcome.answer.content);
}

/** A repetition gets the first reply again: id, place and log index are those of the exchange that is delivered. */
function sendAccepted(reply: FastifyReply, { content, contentType }: Answer, accepted: Acceptance): FastifyReply {
  reply.header('exchange-id', accepted.exchangeId).header('location', `/v1/exchanges/${accepted.exchangeId}`);
  if (accepted.repeats !== undefined) reply.header('exchange-log-index', accepted.repeats.index);
  return reply.code(202).type(contentType).send(content);
}

/** The answer is withheld because its record failed; there is no log index to tell. */
export function sendWithheld(
  request: FastifyRequest,
  reply: FastifyReply,
  context: ReplyContext,
  problem: Problem,
): FastifyReply {
  setExchangeHeaders(request, reply, context);
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

function setExchangeHeaders(request: FastifyRequest, reply: FastifyReply, context: ReplyContext): void {
  const { incoming, messageIdMade, requestId } = context;
  if (incoming.clientId !== undefined) reply.header('x-road-client', incoming.clientId);
  if (incoming.serviceId !== undefined) reply.header('x-road-service', incoming.serviceId);
  if (incoming.messageId !== '') reply.header('x-road-id', incoming.messageId);
  reply.header('x-road-request-id', requestId);
  reply.header(
    'x-road-request-hash',
    requestHash({
      method: incoming.verb,
      pathAndQuery: request.raw.url ?? '',
      rawHeaders: request.raw.rawHeaders,
      requestId,
      ...(messageIdMade ? { generatedMessageId: incoming.messageId } : {}),
      body: incoming.content,
    }),
  );
  reply.header('exchange-id', incoming.id);
  reply.header('traceparent', traceParentOf(request, context));
  // Personal data belongs in no cache but the gateway's own.
  reply.header('cache-control', 'no-store');
}

const traceParentForm = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** W3C Trace Context: the caller's trace goes on; without one, the exchange id is the trace id, so that both lead to each other. */
function traceParentOf(request: FastifyRequest, { incoming, requestId }: ReplyContext): string {
  const sent = request.headers.traceparent;
  if (typeof sent === 'string' && traceParentForm.test(sent)) return sent;
  return `00-${incoming.id.replaceAll('-', '')}-${requestId.replaceAll('-', '').slice(16)}-00`;
}

/** draft-ietf-httpapi-ratelimit-headers: quota and window of the policy, what remains and when it is full again. */
function setQuotaHeaders(reply: FastifyReply, { policy, remaining, resetSeconds }: QuotaState): void {
  const windowSeconds = Math.max(1, Math.ceil(policy.burst / policy.requestsPerSecond));
  reply.header('ratelimit-policy', `"agreement";q=${policy.burst};w=${windowSeconds}`);
  reply.header('ratelimit', `"agreement";r=${remaining};t=${resetSeconds}`);
}

/** RFC 9211: what the gateway's cache did, and where the answer was kept; a stale answer has a negative ttl: its registry was to be asked. */
function setCacheHeaders(reply: FastifyReply, { source, level, ageSeconds, ttlSeconds }: Answer): void {
  if (source === 'gateway') return;
  const ttl = ttlSeconds === undefined ? '' : `; ttl=${ttlSeconds}`;
  if (source === 'registry') {
    reply.header('cache-status', `lienthong; fwd=miss${ttlSeconds === undefined ? '' : '; stored'}${ttl}`);
    return;
  }
  const status = source === 'stale' ? `fwd=stale${ttl}; detail=stale-if-error.${level}` : `hit${ttl}; detail=${level}`;
  reply.header('cache-status', `lienthong; ${status}`);
  reply.header('age', ageSeconds);
}
