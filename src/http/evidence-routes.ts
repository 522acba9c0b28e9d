/** Gives auditors the sealed bodies of an exchange, and lets operators erase the key of a person. */

import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Erasure } from '../exchange/erasure.ts';
import type { Looks } from '../exchange/looks.ts';
import type { Caller, Callers, Receipts, RecordedExchange, SealedEvidence } from '../exchange/ports.ts';
import type { ExchangeEntry, LogEntry } from '../exchange/types.ts';
import { Problem } from '../problems.ts';
import { type ErasureReader, readErasure } from './read-erasure.ts';
import { readBearerToken } from './read-incoming.ts';

export interface EvidenceRouteDependencies extends ErasureReader {
  readonly callers: Callers;
  /** Finds the entry of an exchange. */
  readonly receipts: Pick<Receipts, 'find'>;
  readonly looks: Looks;
  readonly evidence: SealedEvidence;
  readonly erasure: Erasure;
}

/** RFC 9562 section 5.7. */
const exchangeIdForm = /^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;

/** Described in `openapi/evidence-paths.ts`. */
export function registerEvidenceRoutes(app: FastifyInstance, deps: EvidenceRouteDependencies): void {
  const schema = { hide: true };

  app.get<{ Params: { id: string } }>('/v1/audit/exchanges/:id/evidence', { schema }, async (request, reply) => {
    reply.header('cache-control', 'no-store');
    const caller = await demandAuditor(request, deps.callers);
    const { id } = request.params;
    if (!exchangeIdForm.test(id)) throw nothingThere();
    const recorded = await findFor(caller, id, deps.receipts);
    const position = await deps.looks.record({
      id: request.id,
      look: 'evidence',
      role: 'auditor',
      by: caller.id,
      issue: undefined,
      subject: recorded?.entry.subject,
      filters: { exchange: id },
    });
    reply.header('exchange-id', request.id).header('exchange-log-index', position.index);
    const evidence = recorded && (await deps.evidence.read(recorded.found));
    if (evidence === undefined) throw nothingThere();
    return reply.type('application/json; charset=utf-8').send(JSON.stringify(evidence));
  });

  app.register(async (admin) => {
    admin.removeAllContentTypeParsers();
    admin.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    admin.post('/v1/admin/subjects/erase-key', { schema }, async (request, reply) => {
      reply.header('cache-control', 'no-store');
      const caller = await deps.callers.identify(readBearerToken(request.headers.authorization));
      if (caller.role !== 'operator') throw new Problem('role-not-allowed', 'This is for tokens of role operator.');
      const { pin, reason } = readErasure(request.body, deps);
      const position = await deps.erasure.erase({ id: request.id, person: pin, reason, by: caller.id });
      return reply.header('exchange-id', request.id).header('exchange-log-index', position.index).code(204).send();
    });
  });
}

async function demandAuditor(request: FastifyRequest, callers: Callers): Promise<Caller> {
  const caller = await callers.identify(readBearerToken(request.headers.authorization));
  if (caller.role === 'auditor' && caller.scopes.has('evidence')) return caller;
  throw new Problem('role-not-allowed', 'Evidence is for tokens of role auditor with the scope evidence.');
}

interface FoundExchange {
  readonly found: RecordedExchange;
  readonly entry: LogEntry;
}

/** Undefined also where the auditor is confined to another member's exchanges. */
async function findFor(
  { confinedTo }: Caller,
  id: string,
  receipts: Pick<Receipts, 'find'>,
): Promise<FoundExchange | undefined> {
  const found = await receipts.find(id);
  if (found === undefined) return undefined;
  const entry = JSON.parse(found.entry.toString()) as LogEntry;
  return confinedTo === undefined || concerns(entry, confinedTo) ? { found, entry } : undefined;
}

/** As consumer, or as owner of the service. */
function concerns(entry: LogEntry, member: string): boolean {
  const { consumer, service } = entry as Partial<ExchangeEntry>;
  return [consumer, service].some((id) => id === member || id?.startsWith(`${member}/`));
}

const nothingThere = () =>
  new Problem('not-found', 'No exchange of that id is recorded for you to see whose bodies are sealed.');
