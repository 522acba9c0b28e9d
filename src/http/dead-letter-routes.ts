/** Lets operators see what does not arrive, and try it again or give it up; each action is an entry of the log. */

import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { DiscardReason, LogPosition } from '../exchange/entries.ts';
import type { MessageParser } from '../exchange/ports.ts';
import type { Pushes, PushFilter, PushOperations } from '../exchange/pushes.ts';
import type { XRoadId } from '../exchange/types.ts';
import { Problem } from '../problems.ts';
import { messageParametersOf, parametersOf, routeOptions } from './audit/audit-request.ts';
import { identifier, oneOf, word } from './audit/forms.ts';
import type { Form, Parameters } from './audit/parameters.ts';
import { bodyRefusalOf } from './body-refusal.ts';
import { exchangeIdForm } from './exchange-id.ts';
import type { Looking } from './looking.ts';
import { demandOperator } from './operator.ts';
import { detailsShown, type PushListLimits, readFilter, readPage, summaryShown } from './push-routes.ts';

export interface DeadLetterRouteDependencies {
  readonly pushes: Pushes;
  readonly operations: PushOperations;
  readonly looking: Pick<Looking, 'identify'>;
  readonly parser: MessageParser;
  readonly canonical: (id: XRoadId) => XRoadId;
  readonly limits: PushListLimits & { readonly bodyBytesMax: number; readonly identifierCharactersMax: number };
}

/** `corrected` is what a correction by the sender leaves behind. */
const discardReasons: readonly DiscardReason[] = ['sent-in-error', 'settled-elsewhere', 'cannot-be-delivered'];
const flag: Form<boolean> = {
  rule: 'type',
  demands: () => 'must be true or false',
  read: (value) => (typeof value === 'boolean' ? { value } : undefined),
};
const registryForm = /^[a-z][a-z0-9-]{0,40}$/;

/** Described in `openapi/push-paths.ts`. */
export function registerDeadLetterRoutes(app: FastifyInstance, deps: DeadLetterRouteDependencies): void {
  const { pushes, operations, limits } = deps;

  const list = async (request: FastifyRequest, reply: FastifyReply, only: Pick<PushFilter, 'state'>) => {
    await demandOperator(deps, request, reply);
    const parameters = parametersOf(request);
    const filter = { ...readFilter(parameters, limits), ...readParties(parameters, deps), ...only };
    const page = readPage(parameters, limits);
    parameters.demandAll();
    const { pushes: found, next } = await pushes.list(filter, page);
    return reply.send({ exchanges: found.map(summaryShown), next });
  };
  const show = async (request: FastifyRequest<{ Params: { id: string } }>, reply: FastifyReply, only?: string) => {
    await demandOperator(deps, request, reply);
    parametersOf(request).demandAll();
    const { id } = request.params;
    const push = exchangeIdForm.test(id) ? await pushes.find(id) : undefined;
    if (push === undefined || (only !== undefined && push.state !== only)) throw nothingThere();
    return reply.send(detailsShown(push));
  };

  app.register(async (admin) => {
    admin.removeAllContentTypeParsers();
    admin.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    admin.setErrorHandler((error: FastifyError) => {
      throw bodyRefusalOf(error, limits.bodyBytesMax) ?? error;
    });
    admin.get('/v1/admin/deliveries', routeOptions, (request, reply) => list(request, reply, {}));
    admin.get('/v1/admin/dead-letters', routeOptions, (request, reply) => list(request, reply, { state: 'dead' }));
    admin.get<{ Params: { id: string } }>('/v1/admin/deliveries/:id', routeOptions, (request, reply) =>
      show(request, reply),
    );
    admin.get<{ Params: { id: string } }>('/v1/admin/dead-letters/:id', routeOptions, (request, reply) =>
      show(request, reply, 'dead'),
    );
    admin.post('/v1/admin/dead-letters/redeliver', routeOptions, async (request, reply) => {
      const { id: by } = await demandOperator(deps, request, reply);
      const parameters = messageParametersOf(request, deps.parser);
      const { fromMs, toMs } = readFilter(parameters, limits);
      const filter = { fromMs, toMs, ...readParties(parameters, deps) };
      parameters.forbid('state', 'is dead already');
      parameters.forbid('issue', 'is for lists');
      parameters.demandAll();
      return reply.send({ redelivered: await operations.redeliverAll(filter, { id: request.id, by }) });
    });
    admin.post<{ Params: { id: string } }>(
      '/v1/admin/dead-letters/:id/redeliver',
      routeOptions,
      async (request, reply) => {
        const { id: by } = await demandOperator(deps, request, reply);
        const action = { id: request.id, by, exchangeId: idOf(request.params) };
        return done(request, reply, await operations.redeliver(action));
      },
    );
    admin.post<{ Params: { id: string } }>(
      '/v1/admin/dead-letters/:id/discard',
      routeOptions,
      async (request, reply) => {
        const { id: by } = await demandOperator(deps, request, reply);
        const parameters = messageParametersOf(request, deps.parser);
        const reason = parameters.demand('reason', oneOf(discardReasons));
        const legsStand = parameters.read('legsStand', flag) ?? false;
        parameters.demandAll();
        const action = { id: request.id, by, exchangeId: idOf(request.params) };
        return done(request, reply, await operations.discard(action, reason as DiscardReason, legsStand));
      },
    );
  });
}

function readParties(
  parameters: Parameters,
  { canonical, limits }: Pick<DeadLetterRouteDependencies, 'canonical' | 'limits'>,
) {
  const { identifierCharactersMax: max } = limits;
  return {
    registry: parameters.read('registry', word(registryForm)),
    service: parameters.read('service', identifier(5, max, canonical)),
    sender: parameters.read('sender', identifier(4, max, canonical)),
  };
}

function done(request: FastifyRequest, reply: FastifyReply, { index }: LogPosition): FastifyReply {
  return reply.header('exchange-id', request.id).header('exchange-log-index', index).code(204).send();
}

function idOf({ id }: { readonly id: string }): string {
  if (exchangeIdForm.test(id)) return id;
  throw nothingThere();
}

const nothingThere = () => new Problem('not-found', 'There is no such push.');
