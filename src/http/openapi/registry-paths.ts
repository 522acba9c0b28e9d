/** Describes where operators read how the registries are. */

import type { JsonObject } from './components.ts';

const problem = (description: string): JsonObject => ({
  description,
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
});
const text = { type: 'string' } as const;
const time = { type: 'string', format: 'date-time' } as const;
const count = { type: 'integer', minimum: 0 } as const;
const milliseconds = { type: 'number', minimum: 0 } as const;
const circuit = { type: 'string', enum: ['closed', 'half-open', 'open'] } as const;

const deliveries = {
  type: ['object', 'null'],
  description: 'From all gateways on the state database, counted now and then; null while it does not tell.',
  properties: {
    waiting: { ...count, description: 'For their first or next try, or behind an earlier one about the same person.' },
    underWay: { ...count, description: 'Being delivered, or with the registry, which has yet to answer.' },
    dead: count,
    oldest: { ...time, description: 'When the oldest that waits was accepted.' },
  },
};
const seenByOne = {
  type: 'object',
  required: ['ok', 'inFlight', 'queued', 'circuits'],
  properties: {
    worker: { type: 'integer', minimum: 1, description: 'Number of the process; absent where there is only one.' },
    ok: { type: 'boolean', description: 'What its health check says.' },
    reason: { ...text, description: 'Kind of trouble.' },
    inFlight: { ...count, description: 'Calls that the registry works on.' },
    queued: { ...count, description: 'Calls that wait for their turn.' },
    latency: {
      type: 'object',
      description: 'Of the last calls, deliveries included; absent before the first one.',
      properties: { calls: count, p50Ms: milliseconds, p99Ms: milliseconds },
    },
    lastError: {
      type: 'object',
      description: 'The last call that it did not answer as it should; absent where there is none.',
      properties: { code: text, at: time, service: text },
    },
    circuits: { type: 'object', additionalProperties: circuit, description: 'By service and version.' },
    deliveryCircuit: { ...circuit, description: 'Of all deliveries to it; absent where it takes none.' },
    deliveriesPaused: { type: 'boolean' },
  },
};
const registry = {
  type: 'object',
  required: ['name', 'owner', 'deliveries', 'processes'],
  properties: { name: text, owner: text, deliveries, processes: { type: 'array', items: seenByOne } },
};
const overview = {
  type: 'object',
  required: ['node', 'silentWorkers', 'registries'],
  properties: {
    node: { ...text, description: 'Name of this gateway; others answer for themselves.' },
    silentWorkers: {
      type: 'array',
      items: count,
      description: 'Numbers of the processes that do not serve or gave no answer.',
    },
    registries: { type: 'array', items: registry },
  },
};

export const registryPaths: JsonObject = {
  '/v1/admin/registries': {
    get: {
      operationId: 'listRegistries',
      summary: 'How each registry is, and what is queued for it, for operators',
      tags: ['operations'],
      security: [{ bearer: [] }],
      responses: {
        '200': {
          description: 'Every registry that is configured.',
          content: { 'application/json': { schema: overview } },
        },
        '400': problem('`parameter-invalid`: there are none.'),
        '401': problem('`authentication-required`, `token-invalid`: no token that is accepted.'),
        '403': problem('`role-not-allowed`: not a token of role operator.'),
      },
    },
  },
};
