/** Everything that a chaos run breaks, for real: Redis, the state database, three registries of three kinds, and a gateway process between them. */

import { randomBytes } from 'node:crypto';
import { createWriteStream, type WriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import judicial from '../../adapters/judicial/adapter.ts';
import population from '../../adapters/population/adapter.ts';
import socialAffairs from '../../adapters/social-affairs/adapter.ts';
import { seed as seedSocialAffairs } from '../../adapters/social-affairs/seed.ts';
import type { HttpSourceSettings, SqlSourceSettings } from '../../src/adapter-kit/index.ts';
import { startEmbeddedHosts } from '../support/embedded-host.ts';
import { evidenceSettings, makeAuditor } from '../support/evidence-fixture.ts';
import { createTokensOf, projectRoot, writeConfiguration } from '../support/gateway.ts';
import { gatewayMain } from '../support/gateway-process.ts';
import { noteEffects } from '../support/push-place.ts';
import type { Within } from '../support/server-process.ts';
import {
  freePort,
  startMariaDb,
  startPostgres,
  startRedis,
  type Teardown,
  type TestServer,
} from '../support/servers.ts';
import { makeDatabase, runSql } from '../support/state-fixture.ts';
import { chaosAgreements, sealedService } from './agreements.ts';
import { createRestartable, type Restartable } from './restartable.ts';

/** What can be stopped, killed and started again. */
export type Victim = Pick<TestServer, 'pause' | 'resume' | 'start'> & { kill(): Promise<void> };

export interface ChaosPlace {
  readonly url: string;
  readonly data: string;
  readonly victims: Readonly<Record<'redis' | 'state' | 'population' | 'judicial' | 'social-affairs', Victim>>;
  readonly gateway: Restartable;
  readonly sources: {
    readonly population: SqlSourceSettings;
    readonly judicial: HttpSourceSettings;
    readonly 'social-affairs': SqlSourceSettings;
  };
  /** Of the judicial registry's own database. */
  readonly judicialUrl: string;
  token(id: string, role?: 'client' | 'operator'): Promise<string>;
}

export interface PlaceSetup {
  /** For configuration, data, and what the processes print. */
  readonly folder: string;
  /** Budgets, circuits and pauses are those of a short run. */
  readonly quick: boolean;
  /** For the Node of the gateway. */
  readonly nodeArguments?: readonly string[];
  /** The address of a registry as the gateway is told it; its own where absent. */
  readonly through?: (url: string, registry: string) => Promise<string>;
  /** What runs in a network of its own, not on loopback. */
  readonly within?: Partial<Record<'redis' | 'state' | 'population' | 'judicial', Within>>;
  /** Laid over the sections of gateway.yaml that a run sets. */
  readonly settings?: Readonly<Record<'redis' | 'state', object>>;
}

const keepsCommits = true;
const quickLimits = {
  redis: { retryMs: 50, retryMsMax: 200 },
  state: { retryMs: 50, retryMsMax: 200 },
  deliveries: { pollMs: 100, retryMs: 50, sweepMs: 500, leaseSeconds: 3 },
};

/** The gateway is not started yet. */
export async function createChaosPlace(
  t: Teardown,
  { folder, quick, through, nodeArguments = [], within = {}, settings }: PlaceSetup,
): Promise<ChaosPlace> {
  const output = createWriteStream(path.join(folder, 'processes.log'));
  const [redis, state, persons, courts, affairs] = await Promise.all([
    startRedis(t, [], optionsOf(within.redis)),
    startPostgres(t, optionsOf(within.state)),
    standUpPopulation(t, within.population),
    standUpJudicial(t, output, within.judicial),
    standUpSocialAffairs(t),
  ]);
  const sources = { population: persons.source, judicial: courts.source, 'social-affairs': affairs.source };
  const [config, data] = [path.join(folder, 'config'), path.join(folder, 'data')];
  const cacheKeyFile = path.join(folder, 'cache.key');
  await writeFile(cacheKeyFile, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600 });
  const limits = quick ? quickLimits : { redis: { retryMs: 100, retryMsMax: 5000 }, state: {}, deliveries: {} };
  const registries = Object.entries(sources).map(async ([name, source]) => ({
    adapter: quick ? path.join(projectRoot, 'test/chaos/registries', name) : name,
    source: { ...source, url: (await through?.(source.url, name)) ?? source.url },
  }));
  await writeConfiguration(config, {
    registries: await Promise.all(registries),
    agreements: chaosAgreements,
    settings: {
      redis: {
        url: redis.url,
        keyPrefix: 'chaos:',
        timeoutMs: 100,
        connectTimeoutMs: 1000,
        ...limits.redis,
        ...settings?.redis,
      },
      cache: { keyFile: cacheKeyFile },
      state: { database: { url: await makeDatabase(state.url) }, ...limits.state, ...settings?.state },
      deliveries: limits.deliveries,
      evidence: evidenceSettings(await makeAuditor(folder, 'chaos-auditor'), [sealedService]),
      health: { checkIntervalMs: 200 },
    },
  });
  const port = await freePort();
  return {
    url: `http://127.0.0.1:${port}`,
    data,
    victims: {
      redis: victimOf(redis),
      state: victimOf(state),
      population: victimOf(persons.server),
      judicial: courts.process,
      'social-affairs': victimOf(affairs.server),
    },
    gateway: createRestartable(t, {
      nodeArguments,
      module: gatewayMain,
      arguments: ['serve', '--config', config, '--data', data, '--port', String(port)],
      ready: ['"serving"', 'pushes are accepted'],
      output,
    }),
    sources,
    judicialUrl: courts.databaseUrl,
    token: createTokensOf(data),
  };
}

/** Killed with all its processes at once, as nothing that ends in order. */
function victimOf({ pause, resume, crash, start }: TestServer): Victim {
  return { pause, resume, start: () => startAgain(start), kill: crash };
}

const startTriesMax = 10;

async function startAgain(start: () => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await start();
    } catch (error) {
      // PostgreSQL's shared memory is there for as long as one of its processes is.
      if (tries === startTriesMax) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

const optionsOf = (within: Within | undefined) => ({ keepsCommits, ...(within === undefined ? {} : { within }) });

async function standUpPopulation(t: Teardown, within: Within | undefined) {
  const hosts = await startEmbeddedHosts(t, optionsOf(within));
  const source = (await population.embedded?.(await hosts.forAdapter('population'))) as SqlSourceSettings;
  await runSql(source.url, noteEffects);
  return { server: hosts.server, source };
}

/** The simulator is a process of this run, not one that somebody else starts again; its database is nobody's victim. */
async function standUpJudicial(t: Teardown, output: WriteStream, within: Within | undefined) {
  const hosts = await startEmbeddedHosts(t, optionsOf(within));
  const host = await hosts.forAdapter('judicial');
  const port = await freePort();
  const there = within === undefined ? {} : { LIENTHONG_HOST: within.address };
  const started: Restartable[] = [];
  const source = (await judicial.embedded?.({
    ...host,
    async child(module, env) {
      const simulator = createRestartable(t, {
        module: module.pathname,
        env: { ...env, ...there, LIENTHONG_PORT: String(port) },
        within,
        ready: 'message',
        output,
      });
      await simulator.start();
      started.push(simulator);
      return { port };
    },
  })) as HttpSourceSettings;
  const [simulator] = started;
  if (simulator === undefined) throw new Error('the judicial registry has started no simulator');
  const databaseUrl = (await host.database('judicial')).url;
  return { process: simulator, source: within === undefined ? source : sourceWithin(source, within), databaseUrl };
}

/** Its certificate names this machine only. */
function sourceWithin(source: HttpSourceSettings, { address }: Within): HttpSourceSettings {
  const url = source.url.replace('127.0.0.1', address);
  return { ...source, url, tls: { ...source.tls, serverName: 'localhost' } };
}

async function standUpSocialAffairs(t: Teardown) {
  const server = await startMariaDb(t, { keepsCommits });
  const source = { url: server.url, poolMax: 8, connectTimeoutMs: 2000 };
  await seedSocialAffairs({ url: server.url, connectTimeoutMs: 20_000 });
  return { server, source };
}

export const shippedAdapters = { population, judicial, 'social-affairs': socialAffairs };
