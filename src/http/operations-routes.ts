/** What operators and their tools ask the process: is it alive, is it ready, how is it doing. */

import type { FastifyInstance } from 'fastify';
import { operationsPaths } from './operations-paths.ts';

export interface DependencyHealth {
  readonly name: string;
  readonly ok: boolean;
  /** Without it nothing can be answered: the process is not ready. */
  readonly vital: boolean;
  readonly reason?: string;
  /** Of a process that does not answer. */
  readonly pid?: number;
}

export interface OperationsDependencies {
  readonly health: () => Promise<readonly DependencyHealth[]>;
  readonly metricsContentType: string;
  readonly metrics: () => Promise<string>;
}

const healthSchema = {
  type: 'object',
  required: ['status'],
  properties: {
    status: { type: 'string', enum: ['ok', 'degraded', 'unready'] },
    dependencies: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          name: { type: 'string' },
          ok: { type: 'boolean' },
          vital: { type: 'boolean' },
          reason: { type: 'string' },
          pid: { type: 'integer' },
        },
      },
    },
  },
};

export function registerOperationsRoutes(app: FastifyInstance, deps: OperationsDependencies): void {
  const tags = ['operations'];
  const live = { 200: { description: 'The process runs.', ...healthSchema } };
  const ready = {
    200: { description: 'Exchanges are answered; a registry may be down (degraded).', ...healthSchema },
    503: { description: 'Exchanges cannot be answered.', ...healthSchema },
  };
  const metrics = {
    200: { description: 'Prometheus text exposition.', content: { 'text/plain': { schema: { type: 'string' } } } },
  };

  app.get(
    operationsPaths.live,
    { schema: { operationId: 'live', summary: 'Is the process alive?', tags, response: live } },
    async () => ({
      status: 'ok',
    }),
  );

  app.get(
    operationsPaths.ready,
    { schema: { operationId: 'ready', summary: 'Can it answer exchanges?', tags, response: ready } },
    async (_request, reply) => {
      const dependencies = await deps.health();
      const status = statusOf(dependencies);
      return reply.code(status === 'unready' ? 503 : 200).send({ status, dependencies });
    },
  );

  app.get(
    operationsPaths.metrics,
    { schema: { operationId: 'metrics', summary: 'Metrics', tags, response: metrics } },
    async (_request, reply) => reply.type(deps.metricsContentType).send(await deps.metrics()),
  );
}

/** A registry that is down makes the gateway poorer, not unready: the others are served, and a probe must not take them away. */
function statusOf(dependencies: readonly DependencyHealth[]): 'ok' | 'degraded' | 'unready' {
  if (dependencies.some(({ ok, vital }) => vital && !ok)) return 'unready';
  return dependencies.every(({ ok }) => ok) ? 'ok' : 'degraded';
}
