/** Gives auditors the sealed bodies of an exchange, and lets operators erase the key of a person. */

import type { FastifyInstance } from 'fastify';
import type { Erasure } from '../exchange/erasure.ts';
import type { Caller, Receipts, RecordedExchange, SealedEvidence } from '../exchange/ports.ts';
import type { ExchangeEntry } from '../exchange/types.ts';
import { Problem } from '../problems.ts';
import { mayLookAt } from './audit/confinement.ts';
import { exchangeIdForm } from './exchange-id.ts';
import type { Looking } from './looking.ts';
import { type ErasureReader, readErasure } from './read-erasure.ts';

export interface EvidenceRouteDependencies extends ErasureReader {
  readonly looking: Looking;
  /** Finds the entry of an exchange. */
  readonly receipts: Pick<Receipts, 'find'>;
  readonly evidence: SealedEvidence;
  readonly erasure: Erasure;
}

/** Described in `openapi/evidence-paths.ts`. */
export function registerEvidenceRoutes(app: FastifyInstance, deps: EvidenceRouteDependencies): void {
  const schema = { hide: true };

  app.get<{ Params: { id: string } }>('/v1/audit/exchanges/:id/evidence', { schema }, async (request, reply) => {
    reply.header('cache-control', 'no-store');
    const caller = await deps.looking.identify(request);
    const { id } = request.params;
    if (!exchangeIdForm.test(id)) throw nothingThere();
    // Before the look is recorded, so that the person whom the exchange is about sees it; nothing of it is told yet.
    const recorded = await findFor(caller, id, deps.receipts);
    const subject = recorded?.entry.subject;
    const filters = { exchange: id };
    await deps.looking.look(request, reply, caller, { look: 'evidence', scopes: ['evidence'], subject, filters });
    const evidence = recorded && (await deps.evidence.read(recorded.found));
    if (evidence === undefined) throw nothingThere();
    return reply.type('application/json; charset=utf-8').send(JSON.stringify(evidence));
  });

  app.register(async (admin) => {
    admin.removeAllContentTypeParsers();
    admin.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    admin.post('/v1/admin/subjects/erase-key', { schema }, async (request, reply) => {
      reply.header('cache-control', 'no-store');
      const caller = await deps.looking.identify(request);
      if (caller.role !== 'operator') throw new Problem('role-not-allowed', 'This is for tokens of role operator.');
      const { pin, reason } = readErasure(request.body, deps);
      const position = await deps.erasure.erase({ id: request.id, person: pin, reason, by: caller.id });
      return reply.header('exchange-id', request.id).header('exchange-log-index', position.index).code(204).send();
    });
  });
}

interface FoundExchange {
  readonly found: RecordedExchange;
  readonly entry: ExchangeEntry;
}

/** Undefined also for who may not read it, such as an auditor of another member's exchanges. */
async function findFor(
  { scopes, confinedTo }: Caller,
  id: string,
  receipts: Pick<Receipts, 'find'>,
): Promise<FoundExchange | undefined> {
  const found = scopes.has('evidence') ? await receipts.find(id) : undefined;
  if (found === undefined) return undefined;
  const entry = JSON.parse(found.entry.toString()) as ExchangeEntry;
  return mayLookAt(confinedTo, entry) ? { found, entry } : undefined;
}

const nothingThere = () =>
  new Problem('not-found', 'No exchange of that id is recorded for you to see whose bodies are sealed.');
