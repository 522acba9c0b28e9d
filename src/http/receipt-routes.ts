/** Hands out receipts: to the consumer of an exchange for its own, to auditors for all. */

import type { FastifyInstance } from 'fastify';
import type { AuditIndex, AuditRow } from '../exchange/audit.ts';
import type { Caller } from '../exchange/callers.ts';
import type { LookingUp, Receipts } from '../exchange/log-ports.ts';
import type { Pseudonyms } from '../exchange/ports.ts';
import { Problem } from '../problems.ts';
import { mayLookAt } from './audit/confinement.ts';
import { exchangeIdForm } from './exchange-id.ts';
import { lookAtExchange, lookingUp } from './exchange-look.ts';
import type { Looking } from './looking.ts';
import { acceptedMediaTypes } from './x-road/accept.ts';

export interface ReceiptRouteDependencies {
  readonly receipts: Receipts;
  /** Every log that is held here. */
  readonly logs: () => readonly { readonly origin: string }[];
  /** Of these logs and, on a state database that gateways share, of those of the others. */
  readonly index: Pick<AuditIndex, 'find'>;
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
          : await findOwn(deps, caller, id, lookingUp(request, reply, caller));
      // One answer for both: nobody learns which ids others have used.
      if (recorded === undefined) {
        throw await whereElse(deps, caller, id);
      }
      const { json, tlogProof } = await deps.receipts.prove(recorded);
      return asksForProof(request.headers.accept)
        ? reply.type('text/plain; charset=utf-8').send(tlogProof)
        : reply.type('application/json; charset=utf-8').send(json);
    },
  );
}

async function findOwn({ receipts }: ReceiptRouteDependencies, caller: Caller, id: string, by: LookingUp) {
  const recorded = exchangeIdForm.test(id) ? await receipts.find(id, by) : undefined;
  return recorded?.consumer !== undefined && caller.covers(recorded.consumer) ? recorded : undefined;
}

/** Names the log of another gateway to those whose exchange it is, where the index knows of it. */
async function whereElse({ index, logs }: ReceiptRouteDependencies, caller: Caller, id: string): Promise<Problem> {
  const own = logs().map(({ origin }) => origin);
  // Without the index nobody knows; the log answers for itself all the same.
  const row = exchangeIdForm.test(id) ? await index.find(id).catch(() => undefined) : undefined;
  const isShown = row !== undefined && (caller.role === 'auditor' ? mayLookAt(caller.confinedTo, row) : isOwn(row));
  if (isShown && !own.includes(row.log)) {
    return new Problem('not-found', `That exchange is in the log ${row.log}: ask the gateway that holds this log.`);
  }
  const here = `This gateway has recorded no exchange of yours under that id, in ${own.join(' or ')}.`;
  return new Problem('not-found', `${here} The reply to an exchange names its log (Exchange-Log).`);

  function isOwn({ consumer }: AuditRow): boolean {
    return consumer !== undefined && caller.covers(consumer);
  }
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
