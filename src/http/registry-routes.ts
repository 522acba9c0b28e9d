/** Tells operators how each registry is, in every process, and what is queued for it. */

import type { FastifyInstance } from 'fastify';
import type { PushStock } from '../exchange/pushes.ts';
import type { ProcessReport, RegistryReport } from '../exchange/registry-reports.ts';
import { parametersOf, routeOptions } from './audit/audit-request.ts';
import type { Looking } from './looking.ts';
import { demandOperator } from './operator.ts';

export interface RegistryRouteDependencies {
  /** Name of this gateway. */
  readonly node: string;
  readonly looking: Pick<Looking, 'identify'>;
  readonly processes: () => Promise<readonly ProcessReport[]>;
  /** As it was counted last; undefined where the state database does not tell. */
  readonly stock: () => PushStock | undefined;
}

/** Described in `openapi/registry-paths.ts`. */
export function registerRegistryRoutes(app: FastifyInstance, deps: RegistryRouteDependencies): void {
  app.get('/v1/admin/registries', routeOptions, async (request, reply) => {
    await demandOperator(deps, request, reply);
    parametersOf(request).demandAll();
    const processes = await deps.processes();
    const silent = processes.flatMap(({ worker, registries }) => (registries === undefined ? [worker] : []));
    return reply.send({ node: deps.node, silentWorkers: silent, registries: registriesShown(processes, deps.stock()) });
  });
}

function registriesShown(processes: readonly ProcessReport[], stock: PushStock | undefined): object[] {
  const byName = new Map<string, { readonly owner: string; readonly seen: object[] }>();
  for (const { worker, registries = [] } of processes) {
    for (const report of registries) {
      const known = byName.get(report.name) ?? { owner: report.owner, seen: [] };
      byName.set(report.name, known);
      known.seen.push(processShown(worker, report));
    }
  }
  return [...byName].map(([name, { owner, seen }]) => ({
    name,
    owner,
    deliveries: stock === undefined ? null : deliveriesShown(stock.filter(({ registry }) => registry === name)),
    processes: seen,
  }));
}

function processShown(worker: number | undefined, report: RegistryReport): object {
  const { ok, reason, circuits, deliveryCircuit, inFlight = 0, queued = 0, latency, lastError } = report;
  const deliveriesPaused = deliveryCircuit === undefined ? undefined : deliveryCircuit === 'open';
  return { worker, ok, reason, inFlight, queued, latency, lastError, circuits, deliveryCircuit, deliveriesPaused };
}

/** Every push that is not settled is in one of the three. */
function deliveriesShown(stock: PushStock): object {
  const waiting = stock.filter(({ standing }) => ['waiting', 'retrying', 'held'].includes(standing));
  const underWay = stock.filter(({ standing }) => ['delivering', 'awaiting-answer'].includes(standing));
  const dead = stock.filter(({ standing }) => standing === 'dead');
  const oldest = waiting.length === 0 ? undefined : Math.min(...waiting.map(({ oldestMs }) => oldestMs));
  return {
    waiting: countOf(waiting),
    underWay: countOf(underWay),
    dead: countOf(dead),
    oldest: oldest === undefined ? undefined : new Date(oldest).toISOString(),
  };
}

function countOf(stock: PushStock): number {
  return stock.reduce((sum, { count }) => sum + count, 0);
}
