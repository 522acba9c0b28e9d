/** Shows operators how webhooks stand, starts them again, and publishes the key that verifies what they carry. */

import type { FastifyError, FastifyInstance } from 'fastify';
import type { WebhookOperations } from '../exchange/events.ts';
import type { MessageParser } from '../exchange/ports.ts';
import type { XRoadId } from '../exchange/types.ts';
import { messageParametersOf, parametersOf, routeOptions } from './audit/audit-request.ts';
import { identifier } from './audit/forms.ts';
import { bodyRefusalOf } from './body-refusal.ts';
import type { Looking } from './looking.ts';
import { demandOperator } from './operator.ts';

export interface WebhookRouteDependencies {
  readonly webhooks: WebhookOperations;
  readonly looking: Pick<Looking, 'identify'>;
  readonly parser: MessageParser;
  readonly canonical: (id: XRoadId) => XRoadId;
  readonly limits: { readonly bodyBytesMax: number; readonly identifierCharactersMax: number };
}

/** draft-meunier-http-message-signatures-directory: where keys of HTTP message signatures are found. */
const keySetPath = '/.well-known/http-message-signatures-directory';
const keySetType = 'application/http-message-signatures-directory+json';
const keySetMaxAgeSeconds = 3600;

/** Described in `openapi/event-paths.ts`. */
export function registerWebhookRoutes(app: FastifyInstance, deps: WebhookRouteDependencies): void {
  const { webhooks, limits } = deps;

  app.get(keySetPath, { schema: { hide: true } }, async (_request, reply) =>
    reply
      .header('cache-control', `public, max-age=${keySetMaxAgeSeconds}`)
      .type(keySetType)
      .send(JSON.stringify(webhooks.keySet)),
  );
  app.register(async (admin) => {
    admin.removeAllContentTypeParsers();
    admin.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    admin.setErrorHandler((error: FastifyError) => {
      throw bodyRefusalOf(error, limits.bodyBytesMax) ?? error;
    });
    admin.get('/v1/admin/webhooks', routeOptions, async (request, reply) => {
      await demandOperator(deps, request, reply);
      parametersOf(request).demandAll();
      return reply.send({ webhooks: await webhooks.list() });
    });
    admin.post('/v1/admin/webhooks/restart', routeOptions, async (request, reply) => {
      const { id: by } = await demandOperator(deps, request, reply);
      const parameters = messageParametersOf(request, deps.parser);
      const form = identifier(4, limits.identifierCharactersMax, deps.canonical);
      const receiver = parameters.demand('receiver', form);
      parameters.demandAll();
      const { index } = await webhooks.restart({ id: request.id, by, receiver: receiver as XRoadId });
      return reply.header('exchange-id', request.id).header('exchange-log-index', index).code(204).send();
    });
  });
}
