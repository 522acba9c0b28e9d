/** Opens one of the servers that loads are put on, as its kind has it, in a process of its own. */

import path from 'node:path';
import { answerOf, askEach } from './answers.ts';
import { type CallKind, calls, pinsOf } from './calls.ts';
import { startChild } from './child.ts';
import type { LoadPlan } from './generate-load.ts';
import {
  type BareKind,
  databaseConnections,
  type GatewayKind,
  type ServerKind,
  type ServerName,
  servers,
} from './measured-servers.ts';
import { openProgram } from './programs.ts';
import type { CpuMicros, Opened, OpenRequest } from './servers/serve.ts';

export interface Server {
  readonly name: ServerName;
  readonly url: string;
  readonly plan: Omit<LoadPlan, 'connections' | 'seconds'>;
  /** Since its start. */
  cpuMicros(): Promise<CpuMicros>;
}

/** What a server may need of what stands beside it; nothing is started before it is asked for. */
export interface Surroundings {
  readonly serverCore: number | undefined;
  readonly profileFolder: string | undefined;
  /** A folder that nobody else has. */
  newFolder(name: string): string;
  /** postgres:// URL of the sample population register. */
  databaseUrl(): Promise<string>;
  redisUrl(): Promise<string>;
  upstreamUrl(): Promise<string>;
  /** The `node_modules` that a package was installed in for this run. */
  modulesOf(specification: string): Promise<string>;
  /** What the gateway answers, and the token that it is asked with. */
  model(): Promise<Model>;
}

export interface Model {
  readonly answer: string;
  readonly authorization: string;
}

/** A first request is answered, so that no server is put under load that has yet to connect or is wrong from the start. */
export async function openServer(stack: AsyncDisposableStack, name: ServerName, around: Surroundings): Promise<Server> {
  const kind: ServerKind = servers[name];
  const server = await (kind.kind === 'program'
    ? openOther(stack, name, around)
    : openChild(stack, name, kind, around));
  await answerOf(server);
  if (kind.people === 'few') await askEach(server);
  return server;
}

async function openOther(stack: AsyncDisposableStack, name: ServerName, around: Surroundings): Promise<Server> {
  const kind: ServerKind = servers[name];
  if (kind.kind !== 'program') throw new Error(`${name} is no program`);
  const { url, cpuMicros } = await openProgram(stack, {
    program: kind.program,
    folder: around.newFolder(name),
    core: around.serverCore,
    upstreamUrl: await around.upstreamUrl(),
  });
  return { name, url, plan: planOf(kind, url, ''), cpuMicros: async () => cpuMicros() };
}

async function openChild(
  stack: AsyncDisposableStack,
  name: ServerName,
  kind: GatewayKind | BareKind,
  around: Surroundings,
): Promise<Server> {
  // Asked first: the stack closes in reverse order, and a server ends before what it asks.
  const request = await requestOf(name, kind, around);
  const module = new URL(`servers/${kind.kind === 'gateway' ? 'gateway.ts' : kind.module}`, import.meta.url);
  const child = stack.use(
    startChild({
      name,
      module,
      core: around.serverCore,
      nodeArguments: kind.kind === 'gateway' ? profiling(around.profileFolder) : [],
    }),
  );
  const { url, token } = await child.ask<Opened>('open', request);
  const authorization = token === undefined ? (await around.model()).authorization : `Bearer ${token}`;
  return { name, url, plan: planOf(kind, url, authorization), cpuMicros: () => child.ask<CpuMicros>('cpuTime') };
}

async function requestOf(name: ServerName, kind: GatewayKind | BareKind, around: Surroundings): Promise<OpenRequest> {
  const { client, path: requestPath, service } = calls[kind.call];
  const beside = {
    ...(kind.asks === 'redis' ? { redisUrl: await around.redisUrl() } : {}),
    ...(kind.asks === 'upstream' ? { upstreamUrl: await around.upstreamUrl() } : {}),
  };
  const isGateway = kind.kind === 'gateway';
  const modulesFolder = isGateway || kind.package === undefined ? undefined : await around.modulesOf(kind.package);
  return {
    folder: around.newFolder(name),
    databaseUrl: isGateway || kind.asks === 'postgres' ? await around.databaseUrl() : '',
    databaseConnections,
    path: requestPath,
    constantAnswer: isGateway ? '' : (await around.model()).answer,
    client,
    parameters: isGateway ? { ...kind.parameters, ...beside, services: [service] } : { ...beside, modulesFolder },
  };
}

function planOf(kind: ServerKind, url: string, authorization: string): Server['plan'] {
  const { path: requestPath, answerStart, client, body }: CallKind = calls[kind.call];
  const own = client === '' ? {} : { authorization, 'x-road-client': client };
  return {
    url: `${url}${requestPath}`,
    headers: { ...own, 'content-type': 'application/json' },
    bodies: pinsOf(kind.people).map(body),
    answerStart,
  };
}

/** Node writes the profile when the process ends. */
export function profiling(folder: string | undefined): string[] {
  if (folder === undefined) return [];
  return ['--cpu-prof', `--cpu-prof-dir=${path.resolve(folder)}`, '--cpu-prof-interval=200'];
}
