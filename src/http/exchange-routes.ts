/** The X-Road REST endpoint `/r1`: every request below it, well-formed or not, is one exchange and is recorded. */

import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest, onRequestHookHandler } from 'fastify';
import type { Exchange } from '../exchange/pipeline.ts';
import type { Admission, Catalogue, Clock, Identity, RefusalTally } from '../exchange/ports.ts';
import type { Client, Settled, Trail } from '../exchange/types.ts';
import { Problem } from '../problems.ts';
import { bodyRefusalOf, codingRefusal } from './body-refusal.ts';
import { type BulkDependencies, bulkMediaType, createBulkHandler } from './bulk/bulk-handler.ts';
import { gone, goneSignalOf } from './gone-signal.ts';
import { type Envelope, type ReadIncoming, readIncoming, type XRoadReader } from './read-incoming.ts';
import { remembering } from './remembered.ts';
import { type ReplyContext, sendProblem, sendSettled, sendWithheld } from './reply.ts';
import type { XRoadHeaderDefaults } from './x-road/headers.ts';
import { parseClientId, parseServicePath } from './x-road/identifier.ts';

export interface ExchangeRouteDependencies {
  readonly exchange: Exchange;
  readonly identity: Pick<Identity, 'authenticate'>;
  readonly admission: Admission;
  readonly refusals: RefusalTally;
  readonly catalogue: Catalogue;
  readonly clock: Clock;
  readonly xRoad: Omit<XRoadHeaderDefaults, 'readClientId'> & {
    readonly limits: {
      /** Identifiers of callers and of services whose canonical form is remembered, of each. */
      readonly identifiersRememberedMax: number;
    };
  };
  readonly bodyBytesMax: number;
  /** Origin of the log in which exchanges are recorded here. */
  readonly log: string;
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
type ExchangeHandler = (request: FastifyRequest, reply: FastifyReply, refusal?: Problem) => Promise<FastifyReply>;

declare module 'fastify' {
  interface FastifyRequest {
    /** On the request itself: what a WeakMap holds outlives its key until the next full garbage collection. */
    opened?: Opened | undefined;
  }
}

/** What was read of a request and proved of its caller before its body. */
interface Opened extends ReadIncoming {
  client?: Client;
}

export interface ExchangeRoutes {
  /** For what meets no route. */
  readonly respond: ExchangeHandler;
  readonly reader: XRoadReader;
  register(app: FastifyInstance): void;
}

export function createExchangeRoutes(deps: ExchangeRouteDependencies): ExchangeRoutes {
  const reader = readerOf(deps.xRoad);
  const open = (request: FastifyRequest, reply: FastifyReply): Opened =>
    readIncoming(request, envelopeOf(deps, request, reply), reader);
  const respond: ExchangeHandler = (request, reply, refusal) =>
    answer(deps, request.opened ?? open(request, reply), request, reply, refusal);
  const respondToBulk = createBulkHandler(deps.bulk, { ...deps, reader });
  const handle = (request: FastifyRequest, reply: FastifyReply) =>
    request.body === request.raw ? respondToBulk(request, reply) : respond(request, reply);

  /** Nobody's body is read who has not proved to be who the headers say. */
  const prove: onRequestHookHandler = (request, reply, done) => {
    const known = open(request, reply);
    request.opened = known;
    const { clientId, credentials } = known.incoming;
    // Heard from here on: what breaks while nobody reads the body yet must not be answered past the record.
    let fault: Error | undefined = request.raw.destroyed ? gone() : undefined;
    request.raw.once('error', (error) => {
      fault ??= error;
    });
    const keep = (client: Client) => {
      known.client = client;
      done(fault);
    };
    if (known.refusal !== undefined || clientId === undefined) return done(known.refusal);
    try {
      const client = deps.identity.authenticate(credentials, clientId);
      if (client instanceof Promise) client.then(keep, done);
      else keep(client);
    } catch (error) {
      done(error as Error);
    }
  };

  return {
    respond,
    reader,
    register(app) {
      app.register(async (r1) => {
        r1.removeAllContentTypeParsers();
        r1.decorateRequest('opened', undefined);
        r1.addHook('onRequest', prove);
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
    },
  };
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
  { incoming: head, messageIdMade, refusal, client }: Opened,
  request: FastifyRequest,
  reply: FastifyReply,
  transportRefusal: Problem | undefined,
): Promise<FastifyReply> {
  const startedMs = performance.now();
  const content = request.body instanceof Uint8Array ? request.body : nothing;
  const incoming = { ...head, content, proven: client };
  const context: ReplyContext = { incoming, messageIdMade, requestId: deps.xRoad.makeUuid(), log: deps.log };
  const problem = transportRefusal ?? codingRefusal(request) ?? refusal;
  if (problem !== undefined && client === undefined && !deps.refusals.mayRecord(head.credentials.remoteAddress)) {
    deps.refusals.count(problem.code, head.clientId);
    return sendProblem(request, reply, head.id, problem);
  }
  const trail: Trail = client === undefined ? {} : { client };
  try {
    const settled = await (problem === undefined
      ? deps.exchange.exchange(incoming)
      : deps.exchange.refuse(incoming, problem, trail));
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
    signal: () => goneSignalOf(request, reply),
    content: nothing,
  };
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
