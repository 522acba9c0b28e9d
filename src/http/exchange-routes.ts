/** The X-Road REST endpoint `/r1`: every request below it, well-formed or not, is one exchange and is recorded. */

import type { ServerResponse } from 'node:http';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Exchange } from '../exchange/pipeline.ts';
import type { Catalogue, Clock } from '../exchange/ports.ts';
import type { Settled } from '../exchange/types.ts';
import { Problem } from '../problems.ts';
import { bodyRefusalOf, codingRefusal } from './body-refusal.ts';
import { type BulkDependencies, bulkMediaType, createBulkHandler } from './bulk/bulk-handler.ts';
import { type Envelope, readIncoming, type XRoadReader } from './read-incoming.ts';
import { remembering } from './remembered.ts';
import { type ReplyContext, sendSettled, sendWithheld } from './reply.ts';
import type { XRoadHeaderDefaults } from './x-road/headers.ts';
import { parseClientId, parseServicePath } from './x-road/identifier.ts';

export interface ExchangeRouteDependencies {
  readonly exchange: Exchange;
  readonly catalogue: Catalogue;
  readonly clock: Clock;
  readonly xRoad: Omit<XRoadHeaderDefaults, 'readClientId'> & {
    readonly limits: {
      /** Identifiers of callers and of services whose canonical form is remembered, of each. */
      readonly identifiersRememberedMax: number;
    };
  };
  readonly bodyBytesMax: number;
  readonly observer: ExchangeObserver;
  readonly bulk: BulkDependencies;
}

export interface ExchangeObserver {
  exchangeDone(settled: Settled, durationMs: number): void;
  /** The exchange could not be recorded; its answer is withheld. */
  exchangeWithheld(): void;
}

const nothing = new Uint8Array(0);

/** Replies to one request below `/r1`; `refusal` is why the server could not even hand it to a route. */
export type ExchangeHandler = (
  request: FastifyRequest,
  reply: FastifyReply,
  refusal?: Problem,
) => Promise<FastifyReply>;

export function createExchangeHandler(deps: ExchangeRouteDependencies): ExchangeHandler {
  const reader = readerOf(deps.xRoad);
  return (request, reply, refusal) => answer(deps, reader, request, reply, refusal);
}

export function registerExchangeRoutes(app: FastifyInstance, deps: ExchangeRouteDependencies): void {
  const respond = createExchangeHandler(deps);
  const respondToBulk = createBulkHandler(deps.bulk, { ...deps, reader: readerOf(deps.xRoad) });
  const handle = (request: FastifyRequest, reply: FastifyReply) =>
    request.body === request.raw ? respondToBulk(request, reply) : respond(request, reply);

  app.register(async (r1) => {
    r1.removeAllContentTypeParsers();
    r1.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    // Not read here: the bulk handler asks first whether the caller may send it.
    r1.addContentTypeParser(bulkMediaType, (_request, body, done) => done(null, body));
    r1.setErrorHandler((error: FastifyError, request, reply) =>
      respond(request, reply, refusalOf(error, deps.bodyBytesMax)),
    );
    for (const service of deps.catalogue.all()) {
      r1.post(`/r1/${service.key}`, handle);
    }
    // No Fastify schema on these routes: the service's schema is a step of the pipeline, after authentication.
    // Other verbs, unknown services, meta-services and malformed identifiers are exchanges as well.
    r1.all('/r1/*', { schema: { hide: true } }, handle);
  });
}

function readerOf(xRoad: ExchangeRouteDependencies['xRoad']): XRoadReader {
  const { identifiersRememberedMax } = xRoad.limits;
  return {
    ...xRoad,
    readClientId: remembering(parseClientId, identifiersRememberedMax),
    readServicePath: remembering(parseServicePath, identifiersRememberedMax),
  };
}

/** Carries out one exchange, or records why it could not be read, and replies. */
async function answer(
  deps: ExchangeRouteDependencies,
  reader: XRoadReader,
  request: FastifyRequest,
  reply: FastifyReply,
  transportRefusal: Problem | undefined,
): Promise<FastifyReply> {
  const startedMs = performance.now();
  const { incoming, messageIdMade, refusal } = readIncoming(request, envelopeOf(deps, request, reply), reader);
  const context: ReplyContext = { incoming, messageIdMade, requestId: deps.xRoad.makeUuid() };
  const problem = transportRefusal ?? codingRefusal(request) ?? refusal;
  try {
    const settled = await (problem === undefined
      ? deps.exchange.exchange(incoming)
      : deps.exchange.refuse(incoming, problem));
    deps.observer.exchangeDone(settled, performance.now() - startedMs);
    return sendSettled(request, reply, context, settled);
  } catch (error) {
    // Rejected only where the record failed: see Exchange.
    deps.observer.exchangeWithheld();
    return sendWithheld(request, reply, context, asProblem(error));
  }
}

function envelopeOf(deps: ExchangeRouteDependencies, request: FastifyRequest, reply: FastifyReply): Envelope {
  return {
    exchangeId: request.id,
    receivedAtMs: deps.clock.nowMs(),
    signal: () => goneSignal(reply.raw),
    content: request.body instanceof Uint8Array ? request.body : nothing,
  };
}

/** Aborted when the connection closes before the reply is out; also when that has happened already. */
function goneSignal(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  const leave = () => {
    if (response.writableFinished) return;
    gone.abort(new Problem('client-disconnected', 'The caller closed the connection before the answer was ready.'));
  };
  if (response.destroyed || response.socket?.destroyed !== false) leave();
  else response.once('close', leave);
  return gone.signal;
}

function refusalOf(error: FastifyError | Problem, bodyBytesMax: number): Problem {
  if (error instanceof Problem) return error;
  const refusal = bodyRefusalOf(error, bodyBytesMax);
  return (
    refusal ?? new Problem('internal-error', 'The gateway failed on this request; it is recorded.', { cause: error })
  );
}

function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  return new Problem('internal-error', 'The gateway failed on this exchange; its answer is withheld.', {
    cause: error,
  });
}
