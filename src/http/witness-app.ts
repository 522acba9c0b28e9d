/** Builds the HTTP application of a witness: the same care with requests as the gateway's, and two routes; it does not listen. */

import Fastify, { type FastifyError, type FastifyInstance } from 'fastify';
import type { Witness } from '../exchange/log-ports.ts';
import { Problem } from '../problems.ts';
import { type HttpLimits, hygieneHook, hygienicServerOptions } from './hygiene.ts';
import { sendProblem } from './reply.ts';
import { registerWitnessRoutes } from './witness-routes.ts';

export interface WitnessAppDependencies {
  readonly limits: HttpLimits & { readonly bodyBytesMax: number; readonly connectionsMax: number };
  readonly witness: Witness;
  readonly makeRequestId: () => string;
  /** Told of what could not be answered, such as a state that could not be written. */
  readonly onFault: (error: unknown, requestId: string) => void;
}

export async function buildWitnessApp(deps: WitnessAppDependencies): Promise<FastifyInstance> {
  const { limits } = deps;
  const app = Fastify({
    ...hygienicServerOptions(limits),
    bodyLimit: limits.bodyBytesMax,
    genReqId: deps.makeRequestId,
    logger: false,
  });
  app.server.maxConnections = limits.connectionsMax;
  app.addHook('onRequest', hygieneHook(limits));
  app.setErrorHandler((error: FastifyError | Problem, request, reply) => {
    const problem = error instanceof Problem ? error : asProblem(error, limits.bodyBytesMax);
    if (problem.kind.status >= 500) deps.onFault(error, request.id);
    return sendProblem(request, reply, request.id, problem);
  });
  app.setNotFoundHandler((request, reply) =>
    sendProblem(request, reply, request.id, new Problem('not-found', 'A witness has nothing at this address.')),
  );
  app.get('/health/live', async () => ({ status: 'ok' }));
  registerWitnessRoutes(app, deps.witness);
  await app.ready();
  return app;
}

function asProblem(error: FastifyError, bodyBytesMax: number): Problem {
  const status = error.statusCode ?? 500;
  if (status === 413) return new Problem('content-too-large', `The request is larger than ${bodyBytesMax} bytes.`);
  if (status >= 500) return new Problem('internal-error', 'The witness failed on this request.', { cause: error });
  return new Problem('request-malformed', 'The request does not fit this address.');
}
