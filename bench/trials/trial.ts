/** What a scenario is once its servers stand: two sides that can be measured in turn, as often as wanted. */

import type { Settings } from '../bench-options.ts';
import { busyPercent, type LoadResult } from '../generate-load.ts';
import type { Server } from '../open-server.ts';
import type { Stage } from '../stage.ts';

/** One side in one round. */
export interface Figure {
  /** Requests, messages, pushes or entries a second. */
  readonly perSecond: number;
  /** CPU time of the server's process for each of them, microseconds; where rows are written, PostgreSQL's, too. */
  readonly cpuMicros?: number;
  readonly p50Ms?: number;
  readonly p99Ms?: number;
  /** CPU time of the server's process in the time of the load, percent of one core. */
  readonly busyPercent?: number;
  /** The load generator's, which shares its core with databases and registries. */
  readonly generatorBusyPercent?: number;
  /** The scenario's own, by name with unit. */
  readonly more?: Readonly<Record<string, number>>;
}

export interface Trial {
  /** Called before each round, and once before the first. */
  begin?(seconds: number): Promise<void>;
  own(seconds: number): Promise<Figure>;
  reference(seconds: number): Promise<Figure>;
  /** Throws Error where something else was measured than the scenario says. */
  check?(): Promise<void>;
  /** Further lines for a reader. */
  notes?(): Promise<string[]>;
}

export type OpenTrial<Plan> = (stack: AsyncDisposableStack, stage: Stage, plan: Plan) => Promise<Trial>;

/** As many requests as the connections can, or so many a second. */
export async function loadFigure(stage: Stage, server: Server, seconds: number, rate?: number): Promise<Figure> {
  const { connections }: Settings = stage.options;
  const plan = { ...server.plan, connections, seconds };
  const before = await server.cpuMicros();
  const result = await (rate === undefined
    ? stage.generate<LoadResult>('run', plan)
    : stage.generate<LoadResult>('runAtRate', { ...plan, requestsPerSecond: rate })
  ).catch(named(server));
  return figureOf(result, (await server.cpuMicros()) - before);
}

/** Says whose answer was wrong. */
function named({ name }: Server) {
  return (error: Error): never => {
    throw new Error(`${name}: ${error.message}`, { cause: error });
  };
}

export function figureOf(result: LoadResult, cpuMicros: number): Figure {
  return {
    perSecond: result.requestsPerSecond,
    cpuMicros: cpuMicros / result.requests,
    p50Ms: result.p50Ms,
    p99Ms: result.p99Ms,
    busyPercent: busyPercent(cpuMicros, result.seconds),
    generatorBusyPercent: result.generatorBusyPercent,
  };
}
