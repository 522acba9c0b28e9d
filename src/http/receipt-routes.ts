/** Hands out receipts: to the consumer of an exchange for its own, to auditors for all. */

import type { FastifyInstance } from 'fastify';
import type { Caller, Receipts, RecordedExchange } from '../exchange/ports.ts';
import type { ExchangeEntry } from '../exchange/types.ts';
import { Problem } from '../problems.ts';
import { mayLookAt } from './audit/confinement.ts';
import { exchangeIdForm } from './exchange-id.ts';
import type { Looking } from './looking.ts';
import { acceptedMediaTypes } from './x-road/accept.ts';

export interface ReceiptRouteDependencies {
  readonly receipts: Receipts;
  readonly looking: Looking;
}

/** Described in `openapi/log-paths.ts`. */
export function registerReceiptRoutes(app: FastifyInstance, { receipts, looking }: ReceiptRouteDependencies): void {
  app.get<{ Params: { id: string } }>(
    '/v1/exchanges/:id/receipt',
    { schema: { hide: true } },
    async (request, reply) => {
      reply.header('cache-control', 'no-store').header('vary', 'accept');
      const caller = await looking.identify(request);
      const { id } = request.params;
      const isId = exchangeIdForm.test(id);
      if (isId && caller.role === 'auditor') {
        const filters = { exchange: id };
        await looking.look(request, reply, caller, { look: 'receipt', scopes: ['exchanges'], filters });
      }
      const recorded = isId ? await receipts.find(id) : undefined;
      // One answer for both: nobody learns which ids others have used.
      if (recorded === undefined || !mayRead(caller, recorded)) {
        throw new Problem('not-found', 'This gateway has recorded no exchange of yours under that id.');
      }
      const { json, tlogProof } = await receipts.prove(recorded);
      return asksForProof(request.headers.accept)
        ? reply.type('text/plain; charset=utf-8').send(tlogProof)
        : reply.type('application/json; charset=utf-8').send(json);
    },
  );
}

function mayRead(caller: Caller, { consumer, entry }: RecordedExchange): boolean {
  if (caller.role !== 'auditor') return consumer !== undefined && caller.covers(consumer);
  return mayLookAt(caller.confinedTo, JSON.parse(entry.toString()) as ExchangeEntry);
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
