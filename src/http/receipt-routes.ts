/** Hands out receipts: to the consumer of an exchange for its own, to auditors for all. */

import type { FastifyInstance } from 'fastify';
import type { Callers, Receipts } from '../exchange/ports.ts';
import { Problem } from '../problems.ts';
import { readBearerToken } from './read-incoming.ts';
import { acceptedMediaTypes } from './x-road/accept.ts';

export interface ReceiptRouteDependencies {
  readonly receipts: Receipts;
  readonly callers: Callers;
}

/** RFC 9562 section 5.7. */
const exchangeIdForm = /^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;

/** Described in `openapi/log-paths.ts`. */
export function registerReceiptRoutes(app: FastifyInstance, { receipts, callers }: ReceiptRouteDependencies): void {
  app.get<{ Params: { id: string } }>(
    '/v1/exchanges/:id/receipt',
    { schema: { hide: true } },
    async (request, reply) => {
      reply.header('cache-control', 'no-store').header('vary', 'accept');
      const caller = await callers.identify(readBearerToken(request.headers.authorization));
      const { id } = request.params;
      const recorded = exchangeIdForm.test(id) ? await receipts.find(id) : undefined;
      const mayRead =
        caller.role === 'auditor' || (recorded?.consumer !== undefined && caller.covers(recorded.consumer));
      // One answer for both: nobody learns which ids others have used.
      if (recorded === undefined || !mayRead) {
        throw new Problem('not-found', 'This gateway has recorded no exchange of yours under that id.');
      }
      const { json, tlogProof } = await receipts.prove(recorded);
      return asksForProof(request.headers.accept)
        ? reply.type('text/plain; charset=utf-8').send(tlogProof)
        : reply.type('application/json; charset=utf-8').send(json);
    },
  );
}

/** As everywhere, the first form that is understood. */
function asksForProof(accept: string | undefined): boolean {
  const understood = ['text/plain', 'text/*', 'application/json', 'application/*', '*/*'];
  return (
    acceptedMediaTypes(accept)
      .find((type) => understood.includes(type))
      ?.startsWith('text/') ?? false
  );
}
