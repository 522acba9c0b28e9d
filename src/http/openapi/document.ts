/** Puts the OpenAPI 3.1 document together: whole for /openapi.json, by service for X-Road's getOpenAPI. */

import type { Service } from '../../exchange/services.ts';
import { problemKinds } from '../../problem-kinds.ts';
import { bulkSchemas } from './bulk-lines.ts';
import { collectComponents, type JsonObject, type MessageSchemas } from './components.ts';
import { describeOperation, problemResponses } from './operation.ts';
import { headerComponents, parameterComponents, protocolSchemas } from './protocol-components.ts';

export interface DocumentInfo {
  readonly version: string;
}

/** Paths and components of these services. */
export function describeServices(
  services: readonly Service[],
  schemas: MessageSchemas,
): { paths: JsonObject; components: JsonObject } {
  const keys = services.flatMap(({ documentation }) => [documentation.requestSchema, documentation.answerSchema]);
  return {
    paths: Object.fromEntries(
      services.map((service) => [`/r1/${service.key}`, { post: describeOperation(service, schemas) }]),
    ),
    components: {
      schemas: { ...protocolSchemas(Object.keys(problemKinds)), ...bulkSchemas, ...collectComponents(schemas, keys) },
      parameters: parameterComponents,
      headers: headerComponents,
      responses: problemResponses(),
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'EdDSA or ES256, issued for the calling subsystem.',
        },
      },
    },
  };
}

export function documentInfo({ version }: DocumentInfo) {
  return {
    title: 'Lienthong',
    version,
    summary: 'Government data-exchange gateway, X-Road REST protocol',
    description:
      'Ministries query shared registries through this gateway and push records to them. Every exchange is recorded before its reply leaves.',
    license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
  };
}

/** PR-MREST section 4.3: the service's own document, its server reduced to a path. */
export function serviceDocument(services: readonly Service[], schemas: MessageSchemas, info: DocumentInfo): JsonObject {
  const [first] = services;
  const { paths, components } = describeServices(services, schemas);
  const base = `/r1/${first?.id}`;
  const relative = Object.entries(paths).map(([path, item]) => [path.slice(base.length), item]);
  return {
    openapi: '3.1.0',
    info: { ...documentInfo(info), title: first?.documentation.title.en ?? '' },
    servers: [{ url: base }],
    tags: [{ name: base.split('/').slice(2, -1).join('/') }],
    paths: Object.fromEntries(relative),
    components,
  };
}
