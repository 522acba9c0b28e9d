/** Holds what the scenarios stand on together; nothing is started before one asks for it. */

import path from 'node:path';
import { startRedis } from '../test/support/servers.ts';
import { answerOf } from './answers.ts';
import type { BenchOptions } from './bench-options.ts';
import { type Child, startChild } from './child.ts';
import type { Place } from './command.ts';
import type { ServerName } from './measured-servers.ts';
import { openServer, type Server, type Surroundings } from './open-server.ts';
import { installPackage } from './packages.ts';
import { openRegistry, type Registry } from './registry.ts';
import { Unavailable } from './unavailable.ts';

export interface Stage extends Pick<Place, 'serverCore' | 'bothCores'> {
  readonly options: BenchOptions;
  readonly signal: AbortSignal;
  readonly profileFolder: string | undefined;
  newFolder(name: string): string;
  /** Opens it on that stack; the two that most scenarios need stay open for all of them. */
  server(stack: AsyncDisposableStack, name: ServerName): Promise<Server>;
  /** The PostgreSQL of this run. */
  registry(): Promise<Registry>;
  /** Asks the load generator. Rejects on Ctrl-C, too; the load itself ends with its process. */
  generate<Answer>(question: string, plan?: unknown): Promise<Answer>;
  /** The load generator's process. */
  readonly generator: Child;
  /** Of what was started besides: name and version. */
  versions(): Readonly<Record<string, string>>;
}

const shared: readonly ServerName[] = ['cache-hit', 'bare'];

export function openStage(place: Place, options: BenchOptions): Stage {
  const { stack, folder, serverCore, bothCores, signal } = place;
  const { profileFolder } = options;
  const versions: Record<string, string> = {};
  const opened = new Map<ServerName, Promise<Server>>();
  let folders = 0;
  const newFolder = (name: string) => {
    folders += 1;
    return path.join(folder, `${name}-${folders}`);
  };
  const generator = stack.use(startChild({ name: 'load generator', module: new URL('load.ts', import.meta.url) }));
  const registry = once(async () => {
    const open = stack.use(await openRegistry(newFolder('postgres')));
    versions.postgres = open.version;
    return open;
  });
  const around: Surroundings = {
    ...{ serverCore, profileFolder, newFolder },
    databaseUrl: async () => (await registry()).url,
    redisUrl: once(async () => (await openRedis(stack)).url),
    upstreamUrl: once(async () => {
      const module = new URL('servers/rest-upstream.ts', import.meta.url);
      return stack.use(startChild({ name: 'REST registry', module })).ask<string>('open');
    }),
    async modulesOf(specification) {
      const modules = await installPackage(newFolder('packages'), specification);
      const at = specification.lastIndexOf('@');
      versions[specification.slice(0, at)] = specification.slice(at + 1);
      return modules;
    },
    model: once(async () => {
      const model = await server(stack, 'cache-hit');
      return { answer: await answerOf(model), authorization: model.plan.headers.authorization ?? '' };
    }),
  };

  function server(own: AsyncDisposableStack, name: ServerName): Promise<Server> {
    signal.throwIfAborted();
    if (!shared.includes(name)) return openServer(own, name, around);
    const open = opened.get(name) ?? openServer(stack, name, around);
    opened.set(name, open);
    return open;
  }

  return {
    ...{ options, signal, serverCore, bothCores, profileFolder, newFolder, server, registry, generator },
    generate: (question, plan) => unlessAborted(generator.ask(question, plan), signal),
    versions: () => versions,
  };
}

async function openRedis(stack: AsyncDisposableStack) {
  const closing = { teardown: (close: () => Promise<void>) => stack.defer(close) };
  return startRedis(closing).catch((error: Error) => {
    throw new Unavailable(error.message);
  });
}

/** A later call waits for the first one's result. */
function once<Result>(make: () => Promise<Result>): () => Promise<Result> {
  let made: Promise<Result> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

async function unlessAborted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
