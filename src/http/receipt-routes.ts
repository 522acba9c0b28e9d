/** Hands out receipts: to the consumer of an exchange for its own, to auditors for all. */

import type { FastifyInstance } from 'fastify';
import type { Caller } from '../exchange/callers.ts';
import type { Receipts } from '../exchange/log-ports.ts';
import type { Pseudonyms } from '../exchange/ports.ts';
import { Problem } from '../problems.ts';
import { exchangeIdForm } from './exchange-id.ts';
import { lookAtExchange } from './exchange-look.ts';
import type { Looking } from './looking.ts';
import { acceptedMediaTypes } from './x-road/accept.ts';

export interface ReceiptRouteDependencies {
  readonly receipts: Receipts;
  readonly looking: Looking;
  readonly pseudonyms: Pick<Pseudonyms, 'text'>;
}

/** Described in `openapi/log-paths.ts`. */
export function registerReceiptRoutes(app: FastifyInstance, deps: ReceiptRouteDependencies): void {
  app.get<{ Params: { id: string } }>(
    '/v1/exchanges/:id/receipt',
    { schema: { hide: true } },
    async (request, reply) => {
      reply.header('cache-control', 'no-store').header('vary', 'accept');
      const caller = await deps.looking.identify(request);
      const { id } = request.params;
      const recorded =
        caller.role === 'auditor'
          ? (await lookAtExchange(deps, { request, reply, caller }, { look: 'receipt', scopes: ['exchanges'] }, id))
              ?.recorded
          : await findOwn(deps, caller, id);
      // One answer for both: nobody learns which ids others have used.
      if (recorded === undefined) {
        throw new Problem('not-found', 'This gateway has recorded no exchange of yours under that id.');
      }
      const { json, tlogProof } = await deps.receipts.prove(recorded);
      return asksForProof(request.headers.accept)
        ? reply.type('text/plain; charset=utf-8').send(tlogProof)
        : reply.type('application/json; charset=utf-8').send(json);
    },
  );
}

async function findOwn({ receipts }: ReceiptRouteDependencies, caller: Caller, id: string) {
  const recorded = exchangeIdForm.test(id) ? await receipts.find(id) : undefined;
  return recorded?.consumer !== undefined && caller.covers(recorded.consumer) ? recorded : undefined;
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
