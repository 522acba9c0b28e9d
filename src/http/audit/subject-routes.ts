/** Who asked about a person: by the person's name in the log, or in a message by the personal number. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../../exchange/callers.ts';
import type { AuditRouteDependencies } from './audit-dependencies.ts';
import { forbidStoring, messageParametersOf, parametersOf, routeOptions } from './audit-request.ts';
import type { Form, Parameters } from './parameters.ts';
import { type Person, person, pin } from './personal-forms.ts';
import { readTimes } from './read-filter.ts';

interface SubjectRequest {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly caller: Caller;
  readonly parameters: Parameters;
  /** Name and form of the parameter that says whom it is about. */
  readonly whom: readonly [string, Form<Person>];
}

const path = '/v1/audit/subjects';

export function registerSubjectRoutes(app: FastifyInstance, deps: AuditRouteDependencies): void {
  const { looking, pseudonyms, parser } = deps;
  const byPseudonym = person('pin', pseudonyms, { charactersMax: 0, post: path });

  app.get(path, routeOptions, async (request, reply) => {
    forbidStoring(reply);
    const caller = await looking.identify(request);
    const parameters = parametersOf(request);
    return sendAccesses(deps, { request, reply, caller, parameters, whom: ['subject', byPseudonym] });
  });

  app.post(path, routeOptions, async (request, reply) => {
    forbidStoring(reply);
    const caller = await looking.identify(request);
    const parameters = messageParametersOf(request, parser);
    return sendAccesses(deps, { request, reply, caller, parameters, whom: ['pin', pin(pseudonyms)] });
  });
}

async function sendAccesses({ looking, index }: AuditRouteDependencies, asked: SubjectRequest) {
  const { request, reply, caller, parameters, whom } = asked;
  const subject = parameters.demand(...whom);
  const { filter: times, recorded } = readTimes(parameters);
  parameters.demandAll();
  // Told by now: what is required is there, or has been refused.
  const { pseudonyms, pseudonym } = subject as Person;
  const filters = { ...recorded, subject: pseudonym };
  await looking.look(request, reply, caller, { look: 'subjects', scopes: ['subjects'], subject: pseudonym, filters });
  const { confinedTo } = caller;
  const member = confinedTo === undefined ? {} : { member: confinedTo };
  const accesses = await index.accessesOf({ ...times, ...member, subjects: pseudonyms });
  return reply.send({ pseudonyms, accesses });
}
