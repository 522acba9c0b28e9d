/** A whole gateway for one test: the shipped configuration with the test's changes, a data folder of its own, a real port. */

import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parse, stringify } from 'yaml';
import { composeGateway } from '../../src/compose.ts';
import { openKeys } from '../../src/embedded/keys.ts';
import type { Gateway, GatewayOptions } from '../../src/gateway.ts';
import { issueToken } from '../../src/identity/tokens.ts';
import { readOffer } from '../../src/offer.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import type { Answer, LoggedEntry } from './answers.ts';
import { readLogFiles } from './log-files.ts';
import type { Teardown } from './servers.ts';

export const projectRoot = path.resolve(import.meta.dirname, '../..');

export interface GatewaySetup {
  /** Replaces registries.yaml; the shipped one stands up every sample registry. */
  readonly registries?: readonly { readonly adapter: string; readonly source: unknown }[];
  /** Replaces the shipped agreements. */
  readonly agreements?: readonly object[];
  /** Laid over gateway.yaml; `state.database` is nobody's, unless it is named here or the sample registries run. */
  readonly settings?: Readonly<Record<string, object>>;
  /** Registers webhooks, by subsystem. */
  readonly webhooks?: Readonly<Record<string, object>>;
  readonly wrapLogDisk?: GatewayOptions['wrapLogDisk'];
  /** Of a gateway before, which is closed; a new one where none is named. */
  readonly dataFolder?: string;
}

export interface TestGateway {
  readonly url: string;
  readonly gateway: Gateway;
  readonly dataFolder: string;
  /** A query as a client sends it: token, X-Road-Client, JSON. */
  call(service: string, client: string, message: unknown, headers?: Readonly<Record<string, string>>): Promise<Reply>;
  /** A bearer token for a subsystem, cached. */
  token(clientId: string): Promise<string>;
  /** Entries of the exchange log, in order. */
  entries(): Promise<LoggedEntry[]>;
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** As JSON; empty where it is none. */
  readonly body: Answer;
}

export async function startGateway(t: Teardown, setup: GatewaySetup = {}): Promise<TestGateway> {
  const folder = await mkdtemp(path.join(tmpdir(), 'lienthong-gateway-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const configFolder = path.join(folder, 'config');
  await writeConfiguration(configFolder, setup);
  const { dataFolder = path.join(folder, 'data') } = setup;
  const gateway = await composeGateway({
    offer: await readOffer({ configFolder, projectRoot, env: process.env }),
    dataFolder,
    version: '0.0.0-test',
    logger: createLogger({ level: 'silent' }, 'test'),
    ...(setup.wrapLogDisk === undefined ? {} : { wrapLogDisk: setup.wrapLogDisk }),
  });
  t.teardown(() => gateway.close());
  const url = await gateway.listen('127.0.0.1', 0);
  const tokens = new Map<string, Promise<string>>();
  const token = (id: string) => {
    const known = tokens.get(id) ?? gateway.issueToken({ id, role: 'client', lifetimeSeconds: 600 });
    tokens.set(id, known);
    return known;
  };
  return {
    url,
    gateway,
    dataFolder,
    token,
    async call(service, client, message, headers = {}) {
      const response = await fetch(`${url}/r1/VN/GOV/${service}/v1`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'x-road-client': `VN/GOV/${client}`,
          authorization: `Bearer ${await token(`VN/GOV/${client}`)}`,
          ...headers,
        },
        body: typeof message === 'string' ? message : JSON.stringify(message),
      });
      return readReply(response);
    },
    async entries() {
      const entries = await readLogFiles(path.join(dataFolder, 'exchange-log'));
      return entries.map((entry) => JSON.parse(entry.toString()));
    },
  };
}

export async function readReply(response: Response): Promise<Reply> {
  const text = await response.text();
  const isJson = /[/+]json\b/.test(response.headers.get('content-type') ?? '');
  return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : {} };
}

/** Connections to it are refused at once; the gateway goes on without its state database. */
const nobodysUrl = 'postgres://nobody@127.0.0.1:1/nothing';

/** Copies the shipped configuration and lays the test's changes over it. */
export async function writeConfiguration(folder: string, setup: GatewaySetup): Promise<void> {
  await cp(path.join(projectRoot, 'config'), folder, { recursive: true });
  if (setup.settings !== undefined || setup.registries !== undefined) {
    const file = path.join(folder, 'gateway.yaml');
    const settings = parse(await readFile(file, 'utf8')) as Record<string, object>;
    // Without the sample registries nothing needs the embedded PostgreSQL, which takes seconds to make.
    if (setup.registries !== undefined) settings.state = { ...settings.state, database: { url: nobodysUrl } };
    for (const [name, changes] of Object.entries(setup.settings ?? {})) {
      settings[name] = { ...settings[name], ...changes };
    }
    await writeFile(file, stringify(settings));
  }
  if (setup.registries !== undefined) {
    await writeFile(path.join(folder, 'registries.yaml'), stringify({ registries: setup.registries }));
  }
  if (setup.webhooks !== undefined) await registerWebhooks(path.join(folder, 'members.yaml'), setup.webhooks);
  if (setup.agreements !== undefined) {
    await rm(path.join(folder, 'agreements'), { recursive: true });
    await cp(path.join(projectRoot, 'config/agreements'), path.join(folder, 'agreements'), {
      recursive: true,
      filter: (source) => !source.endsWith('.yaml'),
    });
    for (const [index, agreement] of setup.agreements.entries()) {
      await writeFile(path.join(folder, `agreements/${index}.yaml`), stringify(agreement));
    }
  }
}

async function registerWebhooks(file: string, webhooks: Readonly<Record<string, object>>): Promise<void> {
  const listed = parse(await readFile(file, 'utf8')) as { members: { id: string; subsystems: { code: string }[] }[] };
  for (const { id, subsystems } of listed.members) {
    for (const subsystem of subsystems) Object.assign(subsystem, { webhook: webhooks[`${id}/${subsystem.code}`] });
  }
  await writeFile(file, stringify(listed));
}

/** Issues tokens with the key of another process's data folder, as `lienthong token` does. */
export function createTokensOf(
  dataFolder: string,
): (id: string, role?: 'client' | 'operator' | 'citizen') => Promise<string> {
  return async (id, role = 'client') => {
    const key = await openKeys(path.join(dataFolder, 'keys')).signingKey('token-signing');
    return issueToken({ ...key }, { id, role, audience: 'lienthong', lifetimeSeconds: 600 }, Date.now());
  };
}
