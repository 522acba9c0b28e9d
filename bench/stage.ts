/** Sets up what a measurement needs, all servers side by side and idle until it is their turn. */

import path from 'node:path';
import type { BenchOptions } from './arguments.ts';
import { type Child, startChild } from './child.ts';
import type { LoadPlan, LoadResult } from './generate-load.ts';
import { openRegistry, questions } from './registry.ts';
import { databaseConnections, type Scenario, type ScenarioName, scenarios } from './scenarios.ts';
import type { CpuMicros, Opened, OpenRequest } from './servers/serve.ts';
import { commitIn, demandSources, sourcesIn } from './sources.ts';

export interface StageSettings {
  readonly options: BenchOptions;
  /** Core of the servers; undefined where nothing is pinned. */
  readonly serverCore: number | undefined;
  /** Lies on the disk that the exchange log is to be written to. */
  readonly folder: string;
  /** Looked at between the steps. */
  readonly signal: AbortSignal;
}

export interface Stage {
  readonly postgresVersion: string;
  /** Puts the scenario's server under as much load as it takes, or so many requests a second. Throws Error where an answer is wrong. */
  load(name: ScenarioName, seconds: number, rate?: number): Promise<LoadResult & { readonly cpuMicros: CpuMicros }>;
  /** What the gateway tells of itself. */
  metrics(name: ScenarioName): Promise<string>;
  /** Throws Error where a scenario did not measure what it says. */
  demandSources(): Promise<void>;
  /** What the commits of each gateway's exchange log were like, a line each. */
  commits(): Promise<string[]>;
}

interface Server {
  readonly child: Child;
  readonly url: string;
  readonly plan: Omit<LoadPlan, 'connections' | 'seconds'>;
}

const client = 'VN/GOV/G07/social-protection';
const requestPath = '/r1/VN/GOV/G01/population/get-person/v1';
const answerStart = '{"found":true';

/** The stack closes what is opened, in reverse order. */
export async function openStage(stack: AsyncDisposableStack, settings: StageSettings): Promise<Stage> {
  const { options, folder, signal } = settings;
  const registry = stack.use(await openRegistry(path.join(folder, 'postgres')));
  signal.throwIfAborted();
  const generator = stack.use(startChild({ name: 'load generator', module: new URL('load.ts', import.meta.url) }));
  const asked = questions();

  async function open(name: ScenarioName, constantAnswer: string, lentToken?: string): Promise<Server> {
    const scenario: Scenario = scenarios[name];
    const child = stack.use(
      startChild({
        name,
        module: new URL(scenario.server, import.meta.url),
        core: settings.serverCore,
        nodeArguments:
          options.profileFolder === undefined || !scenario.isGateway ? [] : profiling(options.profileFolder),
      }),
    );
    const { url, token = lentToken } = await child.ask<Opened>('open', {
      folder: path.join(folder, name),
      databaseUrl: registry.url,
      databaseConnections,
      path: requestPath,
      constantAnswer,
      client,
      parameters: scenario.parameters,
    } satisfies OpenRequest);
    signal.throwIfAborted();
    const headers = { authorization: `Bearer ${token}`, 'x-road-client': client, 'content-type': 'application/json' };
    return { child, url, plan: { url: `${url}${requestPath}`, headers, bodies: asked[scenario.people], answerStart } };
  }

  // Always there: servers that make nothing up themselves answer what it answers, and are sent what it is sent.
  const model = await open('cache-hit', '');
  const constantAnswer = await answerOf(model);
  const servers = new Map<ScenarioName, Server>();
  for (const name of options.scenarios) {
    const token = model.plan.headers.authorization?.slice('Bearer '.length);
    const server = name === 'cache-hit' ? model : await open(name, constantAnswer, token);
    // A first answer from each, so that none is put under load that has yet to connect or is wrong from the start.
    await answerOf(server);
    servers.set(name, server);
  }
  const serverOf = (name: ScenarioName) => servers.get(name) ?? model;

  return {
    postgresVersion: registry.version,
    async load(name, seconds, rate) {
      signal.throwIfAborted();
      const { child, plan } = serverOf(name);
      const before = await child.ask<CpuMicros>('cpuTime');
      const full: LoadPlan = { ...plan, connections: options.connections, seconds };
      const [question, asked] =
        rate === undefined ? ['run', full] : ['runAtRate', { ...full, requestsPerSecond: rate }];
      const result = await unlessAborted(generator.ask<LoadResult>(question, asked), signal, name);
      return { ...result, cpuMicros: (await child.ask<CpuMicros>('cpuTime')) - before };
    },
    metrics: (name) => textOf(`${serverOf(name).url}/metrics`),
    async demandSources() {
      for (const [name, { url }] of servers) {
        if (scenarios[name].isGateway) demandSources(name, sourcesIn(await textOf(`${url}/metrics`)));
      }
    },
    async commits() {
      const lines: string[] = [];
      for (const [name, { url }] of servers) {
        const commit = scenarios[name].isGateway ? commitIn(await textOf(`${url}/metrics`)) : undefined;
        if (commit === undefined) continue;
        lines.push(
          `${name}: a commit took ${commit.durationMs.toFixed(2)} ms and held ${commit.entries.toFixed(1)} entries.`,
        );
      }
      return lines;
    },
  };
}

/** Node writes the profile when the process ends. */
function profiling(folder: string): string[] {
  return ['--cpu-prof', `--cpu-prof-dir=${path.resolve(folder)}`, '--cpu-prof-interval=200'];
}

/** Asks about the last person, whom a load comes to last: the answer may be kept until then. */
async function answerOf({ plan }: Server): Promise<string> {
  const body = plan.bodies.at(-1) ?? '';
  const answer = await textOf(plan.url, { method: 'POST', headers: plan.headers, body });
  if (!answer.startsWith(answerStart)) throw new Error(`the first answer is ${answer}`);
  return answer;
}

/** Throws Error where the status is not 2xx. */
async function textOf(url: string, request?: RequestInit): Promise<string> {
  const response = await fetch(url, request);
  const text = await response.text();
  if (!response.ok) throw new Error(`status ${response.status}: ${text}`);
  return text;
}

/** The load itself ends with its process, which the stack closes. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal, name: ScenarioName): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } catch (error) {
    throw signal.aborted ? error : new Error(`${name}: ${(error as Error).message}`, { cause: error });
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
