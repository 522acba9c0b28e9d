/** Builds the HTTP application: plugins and routes in the order in which they are written here; it does not listen. */

import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import Fastify, { type FastifyError, type FastifyInstance } from 'fastify';
import type { AuditRouteDependencies } from './http/audit/audit-dependencies.ts';
import { registerAuditRoutes } from './http/audit-routes.ts';
import { type CatalogueRouteDependencies, registerCatalogueRoutes } from './http/catalogue-routes.ts';
import type { CitizenRouteDependencies } from './http/citizen/citizen-dependencies.ts';
import { registerCitizenRoutes } from './http/citizen-routes.ts';
import { type DeadLetterRouteDependencies, registerDeadLetterRoutes } from './http/dead-letter-routes.ts';
import { type DoorDependencies, standAtDoor } from './http/door.ts';
import { type EventRouteDependencies, registerEventRoutes } from './http/event-routes.ts';
import { type EvidenceRouteDependencies, registerEvidenceRoutes } from './http/evidence-routes.ts';
import { createExchangeRoutes, type ExchangeRouteDependencies } from './http/exchange-routes.ts';
import { type HttpLimits, hygieneHook, hygienicServerOptions } from './http/hygiene.ts';
import { type LogRouteDependencies, registerLogRoutes } from './http/log-routes.ts';
import { auditPaths } from './http/openapi/audit-paths.ts';
import { auditSchemas } from './http/openapi/audit-schemas.ts';
import { citizenPaths } from './http/openapi/citizen-paths.ts';
import type { JsonObject, MessageSchemas } from './http/openapi/components.ts';
import { docsPage } from './http/openapi/docs-page.ts';
import { describeServices, documentInfo } from './http/openapi/document.ts';
import { eventPaths } from './http/openapi/event-paths.ts';
import { evidencePaths } from './http/openapi/evidence-paths.ts';
import { logPaths } from './http/openapi/log-paths.ts';
import { pushPaths } from './http/openapi/push-paths.ts';
import { registryPaths } from './http/openapi/registry-paths.ts';
import { type OperationsDependencies, registerOperationsRoutes } from './http/operations-routes.ts';
import { type PushRouteDependencies, registerPushRoutes } from './http/push-routes.ts';
import { type ReceiptRouteDependencies, registerReceiptRoutes } from './http/receipt-routes.ts';
import { type RegistryRouteDependencies, registerRegistryRoutes } from './http/registry-routes.ts';
import { sendProblem } from './http/reply.ts';
import { registerWebhookRoutes, type WebhookRouteDependencies } from './http/webhook-routes.ts';
import { Problem } from './problems.ts';

export type App = FastifyInstance;

export interface AppDependencies {
  readonly limits: HttpLimits & { readonly bodyBytesMax: number; readonly connectionsMax: number };
  readonly exchanges: ExchangeRouteDependencies & Pick<DoorDependencies, 'pace'>;
  readonly catalogue: CatalogueRouteDependencies;
  readonly log: LogRouteDependencies & ReceiptRouteDependencies;
  readonly audit: AuditRouteDependencies;
  readonly citizen: CitizenRouteDependencies;
  readonly pushes: PushRouteDependencies & DeadLetterRouteDependencies;
  readonly events: EventRouteDependencies & WebhookRouteDependencies;
  /** Undefined where no bodies are sealed. */
  readonly evidence: EvidenceRouteDependencies | undefined;
  readonly operations: OperationsDependencies;
  readonly registries: RegistryRouteDependencies;
  readonly schemas: MessageSchemas;
  /** Makes UUIDv7 (RFC 9562 section 5.7); a request's id is its exchange's id. */
  readonly makeRequestId: () => string;
  readonly version: string;
  /** Told of failures outside exchanges. */
  readonly onFault: (error: unknown, requestId: string) => void;
}

export async function buildApp(deps: AppDependencies): Promise<App> {
  const exchanges = createExchangeRoutes(deps.exchanges);
  const { respond: respondToExchange } = exchanges;
  const app = Fastify({
    ...hygienicServerOptions(deps.limits),
    bodyLimit: deps.limits.bodyBytesMax,
    genReqId: deps.makeRequestId,
    // The exchange log is the record; a line for each request would cost a third of the throughput.
    logger: false,
    routerOptions: { maxParamLength: deps.limits.urlBytesMax },
    // A reply without a record must not be possible while closing either: requests in flight go through the pipeline.
    return503OnClosing: false,
    // A path that cannot be decoded meets no route; below /r1 it is an exchange all the same.
    frameworkErrors: (_error, request, reply) => {
      const problem = new Problem('service-identifier-invalid', 'The path is not percent-encoded UTF-8.');
      if (request.raw.url?.startsWith('/r1/')) respondToExchange(request, reply, problem);
      else sendProblem(request, reply, request.id, problem);
    },
  });
  // An expectation that nobody knows may be ignored (RFC 9110 section 10.1.1); Node would answer 417 past every record.
  app.server.on('checkExpectation', (request, response) => app.server.emit('request', request, response));
  app.server.maxConnections = deps.limits.connectionsMax;
  app.addHook('onRequest', hygieneHook(deps.limits));
  // Whatever names an entry names its log; answers to exchanges, which come past Fastify, do so by themselves.
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (reply.hasHeader('exchange-log-index') && !reply.hasHeader('exchange-log')) {
      reply.header('exchange-log', deps.exchanges.log);
    }
    done();
  });
  app.setErrorHandler((error: FastifyError | Problem, request, reply) => {
    const problem = error instanceof Problem ? error : asProblem(error);
    // A refusal before routing, below /r1: an exchange all the same.
    if (request.raw.url?.startsWith('/r1/')) return respondToExchange(request, reply, problem);
    if (problem.kind.status >= 500) deps.onFault(error, request.id);
    return sendProblem(request, reply, request.id, problem);
  });
  app.setNotFoundHandler((request, reply) => {
    // Methods that the router does not know, below /r1: refused, and recorded, like any other wrong method.
    if (request.raw.url?.startsWith('/r1/')) return respondToExchange(request, reply);
    return sendProblem(
      request,
      reply,
      request.id,
      new Problem('not-found', 'This gateway has nothing at this address.'),
    );
  });
  await registerDocumentation(app, deps);
  exchanges.register(app);
  registerCatalogueRoutes(app, deps.catalogue);
  registerLogRoutes(app, deps.log);
  registerReceiptRoutes(app, deps.log);
  registerPushRoutes(app, deps.pushes);
  registerDeadLetterRoutes(app, deps.pushes);
  registerEventRoutes(app, deps.events);
  registerWebhookRoutes(app, deps.events);
  registerAuditRoutes(app, deps.audit);
  registerCitizenRoutes(app, deps.citizen);
  if (deps.evidence !== undefined) registerEvidenceRoutes(app, deps.evidence);
  registerRegistryRoutes(app, deps.registries);
  registerOperationsRoutes(app, deps.operations);
  await app.ready();
  standAtDoor(app.server, { ...deps.exchanges, reader: exchanges.reader });
  return app;
}

async function registerDocumentation(app: FastifyInstance, deps: AppDependencies): Promise<void> {
  const services = describeServices(deps.exchanges.catalogue.all(), deps.schemas);
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: documentInfo(deps),
      servers: [{ url: '/' }],
      // Whatever names no scheme of its own is open to anyone.
      security: [],
      components: withSchemas(services.components, auditSchemas),
    },
    transformObject: (document) => {
      if (!('openapiObject' in document)) throw new Error('the document is no OpenAPI 3 document');
      const { openapiObject } = document;
      const evidence = deps.evidence === undefined ? {} : evidencePaths;
      const paths = {
        ...openapiObject.paths,
        ...logPaths,
        ...pushPaths,
        ...registryPaths,
        ...eventPaths,
        ...auditPaths,
        ...evidence,
        ...citizenPaths,
        ...services.paths,
      };
      return { ...openapiObject, paths };
    },
  });
  await app.register(swaggerUi, docsPage);
  app.get('/', { schema: { hide: true } }, async (_request, reply) => reply.redirect('/docs'));
  let document: string | undefined;
  app.get('/openapi.json', { schema: { hide: true } }, async (_request, reply) => {
    document ??= JSON.stringify(app.swagger());
    return reply.type('application/json; charset=utf-8').send(document);
  });
}

function withSchemas(components: JsonObject, more: JsonObject): JsonObject {
  return { ...components, schemas: { ...(components.schemas as JsonObject), ...more } };
}

function asProblem(error: FastifyError): Problem {
  const status = error.statusCode ?? 500;
  if (status >= 500) return new Problem('internal-error', 'The gateway failed on this request.', { cause: error });
  return new Problem('request-malformed', 'The request does not fit this address; see /openapi.json.');
}
