/** Tells operators how each registry is, in every process, and what is queued for it. */

import type { FastifyInstance } from 'fastify';
import type { ProcessReport, RegistryReport } from '../exchange/ports.ts';
import type { Backlog } from '../exchange/pushes.ts';
import { Problem } from '../problems.ts';
import { forbidStoring, parametersOf, routeOptions } from './audit/audit-request.ts';
import type { Looking } from './looking.ts';

export interface RegistryRouteDependencies {
  /** Name of this gateway. */
  readonly node: string;
  readonly looking: Pick<Looking, 'identify'>;
  readonly processes: () => Promise<readonly ProcessReport[]>;
  /** Undefined where the state database does not tell. */
  readonly backlog: () => Promise<readonly Backlog[] | undefined>;
}

/** Described in `openapi/registry-paths.ts`. */
export function registerRegistryRoutes(app: FastifyInstance, deps: RegistryRouteDependencies): void {
  app.get('/v1/admin/registries', routeOptions, async (request, reply) => {
    forbidStoring(reply);
    const { role } = await deps.looking.identify(request);
    if (role !== 'operator') throw new Problem('role-not-allowed', 'This is for tokens of role operator.');
    parametersOf(request).demandAll();
    const [processes, backlog] = await Promise.all([deps.processes(), deps.backlog()]);
    const silent = processes.flatMap(({ worker, registries }) => (registries === undefined ? [worker] : []));
    return reply.send({ node: deps.node, silentWorkers: silent, registries: registriesShown(processes, backlog) });
  });
}

function registriesShown(processes: readonly ProcessReport[], backlog: readonly Backlog[] | undefined): object[] {
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
    deliveries: backlog === undefined ? null : backlogShown(backlog.find(({ registry }) => registry === name)),
    processes: seen,
  }));
}

function processShown(worker: number | undefined, report: RegistryReport): object {
  const { ok, reason, circuits, deliveryCircuit, inFlight = 0, queued = 0, latency, lastError } = report;
  const deliveriesPaused = deliveryCircuit === undefined ? undefined : deliveryCircuit === 'open';
  return { worker, ok, reason, inFlight, queued, latency, lastError, circuits, deliveryCircuit, deliveriesPaused };
}

function backlogShown(backlog: Backlog | undefined): object {
  const { waiting = 0, underWay = 0, dead = 0, oldestMs } = backlog ?? {};
  return { waiting, underWay, dead, oldest: oldestMs === undefined ? undefined : new Date(oldestMs).toISOString() };
}
