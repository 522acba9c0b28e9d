/** A real population register that counts what is done to it, a state database, and gateways between them, in this process or as processes to kill. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import population from '../../adapters/population/adapter.ts';
import type { LoggedEntry } from './answers.ts';
import { startEmbeddedHosts } from './embedded-host.ts';
import { createTokensOf, projectRoot, type Reply, readReply, writeConfiguration } from './gateway.ts';
import { readLogFiles } from './log-files.ts';
import { type LoopbackProxy, startLoopbackProxy } from './loopback-proxy.ts';
import { residenceChange, residenceService, sender } from './residence-change.ts';
import { startPostgres, type Teardown, type TestServer } from './servers.ts';
import { makeDatabase, runSql } from './state-fixture.ts';

export interface PushPlace {
  readonly state: TestServer;
  readonly stateUrl: string;
  /** Between the gateways and the state database. */
  readonly stateProxy: LoopbackProxy;
  /** By way of a proxy that can be down. */
  readonly registry: LoopbackProxy;
  readonly registryServer: TestServer;
  /** Lines of residences as they were written into the register, in that order. */
  effects(pin?: string): Promise<string[]>;
  /** A data folder and configuration of its own, on this state database. */
  gateway(options?: GatewayOptions): Promise<PushGateway>;
}

export interface GatewayOptions {
  readonly origin?: string;
  readonly settings?: Readonly<Record<string, object>>;
  readonly deliveries?: object;
  /** Beside the sender's own. */
  readonly agreements?: readonly object[];
  readonly webhooks?: Readonly<Record<string, object>>;
}

export interface PushGateway {
  readonly data: string;
  /** Base URL, of the process that runs now. */
  url(): string;
  token(id: string, role: 'client' | 'operator' | 'citizen'): Promise<string>;
  /** Starts the process, under another one if given; resolves when it takes pushes. */
  start(env?: NodeJS.ProcessEnv, under?: (nodeArguments: readonly string[]) => string[]): Promise<void>;
  kill(): Promise<void>;
  /** Lets the process hang, its connections stay, and nothing is answered: a frozen machine. */
  pause(): void;
  resume(): void;
  /** Resolves when it has ended by itself. */
  ended(): Promise<void>;
  terminate(): Promise<void>;
  push(pin: string, line: string, headers?: Readonly<Record<string, string>>): Promise<Reply>;
  ask(
    path: string,
    options?: {
      readonly role?: 'operator' | 'citizen';
      readonly id?: string;
      /** X-Road-Client; absent: none. */
      readonly client?: string;
      readonly body?: object;
      readonly signal?: AbortSignal;
    },
  ): Promise<Reply>;
  entries(): Promise<LoggedEntry[]>;
}

/** The register as a gateway's configuration names it, with a table that notes every change of a residence. */
export async function createPushPlace(t: Teardown, adapter = 'population'): Promise<PushPlace> {
  const hosts = await startEmbeddedHosts(t, { keepsCommits: true });
  const settings = (await population.embedded?.(await hosts.forAdapter('population'))) as { url: string };
  await runSql(settings.url, noteEffects);
  const registry = await startLoopbackProxy(t, settings.url);
  const state = await startPostgres(t);
  const stateUrl = await makeDatabase(state.url);
  const stateProxy = await startLoopbackProxy(t, stateUrl);

  return {
    state,
    stateUrl,
    stateProxy,
    registry,
    registryServer: hosts.server,
    async effects(pin) {
      const where = pin === undefined ? '' : ` WHERE pin = '${pin}'`;
      return (await runSql(settings.url, `SELECT line FROM effect${where} ORDER BY n`)).map(({ line }) => String(line));
    },
    async gateway(options = {}) {
      const folder = await mkdtemp(path.join(tmpdir(), 'lienthong-pushes-'));
      t.teardown(() => rm(folder, { recursive: true, force: true }));
      const config = path.join(folder, 'config');
      await writeConfiguration(config, {
        registries: [{ adapter, source: { ...settings, url: registry.url } }],
        agreements: [agreement, ...(options.agreements ?? [])],
        ...(options.webhooks === undefined ? {} : { webhooks: options.webhooks }),
        settings: {
          exchangeLog: { origin: options.origin ?? 'test.example/pushes' },
          ...options.settings,
          state: { ...options.settings?.state, database: { url: stateProxy.url }, retryMs: 50, retryMsMax: 200 },
          deliveries: { pollMs: 50, sweepMs: 500, leaseSeconds: 3, retryMs: 50, ...options.deliveries },
        },
      });
      return createGateway(t, config, path.join(folder, 'data'));
    },
  };
}

/** Every line of a residence that is written into a register, in that order. */
export const noteEffects = `CREATE TABLE effect (n bigserial PRIMARY KEY, pin text NOT NULL, line text NOT NULL);
CREATE FUNCTION note_effect() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN INSERT INTO effect (pin, line) VALUES (NEW.pin, NEW.line); RETURN NEW; END $$;
CREATE TRIGGER note_effect AFTER INSERT OR UPDATE ON residence FOR EACH ROW EXECUTE FUNCTION note_effect();`;

const agreement = {
  id: 'pushes',
  consumer: sender,
  service: residenceService,
  purposes: ['test'],
  legalBasis: 'Test decree',
  fields: [],
  validFrom: '2020-01-01',
  validUntil: '2999-12-31',
  quota: { requestsPerSecond: 100_000, burst: 100_000 },
};

/** Of a configuration that is written; not started. */
export function createGateway(t: Teardown, config: string, data: string): PushGateway {
  const main = path.join(projectRoot, 'src/main.ts');
  let child: ChildProcess | undefined;
  let url = '';
  const tokenOf = createTokensOf(data);

  async function end(signal: NodeJS.Signals): Promise<void> {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  }

  t.teardown(() => end('SIGKILL'));
  const gateway: PushGateway = {
    data,
    url: () => url,
    token: tokenOf,
    async start(env = {}, under = (nodeArguments) => [process.execPath, ...nodeArguments]) {
      const [command = '', ...rest] = under([main, 'serve', '--config', config, '--data', data, '--port', '0']);
      child = spawn(command, rest, {
        stdio: ['ignore', 'pipe', 'inherit'],
        env: { ...process.env, ...env },
      });
      url = await readyUrl(child);
    },
    kill: () => end('SIGKILL'),
    pause: () => void child?.kill('SIGSTOP'),
    resume: () => void child?.kill('SIGCONT'),
    terminate: () => end('SIGTERM'),
    async ended() {
      if (child !== undefined && child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    },
    async push(pin, line, headers = {}) {
      const response = await fetch(`${url}/r1/${residenceService}/v1`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'x-road-client': sender,
          'x-road-userid': 'official-1',
          authorization: `Bearer ${await tokenOf(sender)}`,
          ...headers,
        },
        body: JSON.stringify(residenceChange(pin, line)),
      });
      return readReply(response);
    },
    async ask(place, { role, id = sender, client, body, signal } = {}) {
      const response = await fetch(`${url}${place}`, {
        headers: {
          authorization: `Bearer ${await tokenOf(id, role)}`,
          ...(client === undefined ? {} : { 'x-road-client': client }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
        ...(signal === undefined ? {} : { signal }),
      });
      return readReply(response);
    },
    async entries() {
      return (await readLogFiles(path.join(data, 'exchange-log'))).map((entry) => JSON.parse(entry.toString()));
    },
  };
  return gateway;
}

/** It serves, and takes pushes. */
async function readyUrl(child: ChildProcess): Promise<string> {
  let output = '';
  return new Promise((resolve, reject) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      const url = /"url":"([^"]+)"/.exec(output)?.[1];
      if (url !== undefined && output.includes('pushes are accepted')) resolve(url);
    });
    child.once('exit', (code, signal) => reject(new Error(`the gateway ended (${code ?? signal}):\n${output}`)));
  });
}

export async function until<T>(read: () => Promise<T>, holds: (value: T) => boolean, timeoutMs = 30_000): Promise<T> {
  for (const startedMs = Date.now(); ; await sleep(50)) {
    const value = await read();
    if (holds(value) || Date.now() - startedMs > timeoutMs) return value;
  }
}
