/** Gives auditors the sealed bodies of an exchange, and lets operators erase the key of a person. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../exchange/callers.ts';
import type { Erasure } from '../exchange/erasure.ts';
import type { SealedEvidence } from '../exchange/log-ports.ts';
import { Problem } from '../problems.ts';
import { type ExchangeLookDependencies, lookAtExchange } from './exchange-look.ts';
import { type ErasureReader, readErasure } from './read-erasure.ts';

export interface EvidenceRouteDependencies extends ErasureReader, ExchangeLookDependencies {
  readonly evidence: SealedEvidence;
  readonly erasure: Erasure;
}

/** Described in `openapi/evidence-paths.ts`. */
export function registerEvidenceRoutes(app: FastifyInstance, deps: EvidenceRouteDependencies): void {
  const schema = { hide: true };

  app.get<{ Params: { id: string } }>('/v1/audit/exchanges/:id/evidence', { schema }, async (request, reply) => {
    reply.header('cache-control', 'no-store');
    const caller = await deps.looking.identify(request);
    const wanted = { look: 'evidence', scopes: ['evidence'] } as const;
    const found = await lookAtExchange(deps, { request, reply, caller }, wanted, request.params.id);
    const evidence = found && (await deps.evidence.read(found.recorded));
    if (evidence === undefined) throw nothingThere();
    return reply.type('application/json; charset=utf-8').send(JSON.stringify(evidence));
  });

  app.register(async (admin) => {
    admin.removeAllContentTypeParsers();
    admin.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    admin.post('/v1/admin/subjects/erase-key', { schema }, async (request, reply) => {
      reply.header('cache-control', 'no-store');
      const caller = await deps.looking.identify(request);
      if (caller.role !== 'operator') throw await refuse(deps, caller, request, reply);
      const { pin, reason } = readErasure(request.body, deps);
      const position = await deps.erasure.erase({ id: request.id, person: pin, reason, by: caller.id });
      return reply.header('exchange-id', request.id).header('exchange-log-index', position.index).code(204).send();
    });
  });
}

/** Recorded like a look that was refused; an entry knows no role client. Gives what the caller is told. */
async function refuse(
  { erasure, looking }: Pick<EvidenceRouteDependencies, 'erasure' | 'looking'>,
  caller: Caller,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Problem> {
  const problem = new Problem('role-not-allowed', 'This is for tokens of role operator.');
  const { id: by, role } = caller;
  if (role === 'client') return problem;
  looking.admit(caller, problem);
  const { index } = await erasure.refuse({ id: request.id, by, role, problem });
  reply.header('exchange-id', request.id).header('exchange-log-index', index);
  return problem;
}

const nothingThere = () =>
  new Problem('not-found', 'No exchange of that id is recorded for you to see whose bodies are sealed.');
