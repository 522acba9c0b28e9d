/** Copies the shipped configuration and changes in the copy only what would hide the gateway's own speed. */

import { randomBytes } from 'node:crypto';
import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Document, parseDocument } from 'yaml';

export interface ConfigurationChanges {
  readonly cacheEntriesMax: number;
  readonly databaseConnections: number;
  /** Their agreements stay, with a quota that nobody reaches. */
  readonly services: readonly string[];
  /** postgres:// URL; absent where there is to be none. */
  readonly stateUrl?: string | undefined;
  /** Members of `deliveries` that are not as shipped. */
  readonly deliveries?: Readonly<Record<string, number>> | undefined;
  /** Absent where answers are not shared. */
  readonly redisUrl?: string | undefined;
  /** Of a REST registry in the judicial one's place; absent where there is none. */
  readonly upstreamUrl?: string | undefined;
  /** Adapters' folders beside the shipped one of the population register. */
  readonly adapterFolders?: readonly string[] | undefined;
  /** Silent connections are kept as long as anything is measured. */
  readonly keepsConnections?: boolean | undefined;
}

/** Largest that agreement.schema.json allows. */
const quota = { requestsPerSecond: 1_000_000, burst: 1_000_000 };

/** Connections to it are refused at once. */
const nobodysUrl = 'postgres://nobody@127.0.0.1:1/nothing';

const keyFile = 'cache.key';
const redisLimits = { keyPrefix: 'bench:', timeoutMs: 2000, connectTimeoutMs: 2000, retryMs: 100, retryMsMax: 1000 };
const restLimits = {
  ...{ connectTimeoutMs: 2000, headersTimeoutMs: 2000, bodyTimeoutMs: 2000 },
  ...{ connectionsMax: 64, answerBytesMax: 262_144 },
};
const hourMs = 3_600_000;

/** The registry's address is taken from POPULATION_URL. */
export async function copyConfiguration(from: string, to: string, changes: ConfigurationChanges): Promise<void> {
  await cp(from, to, { recursive: true });
  await edit(path.join(to, 'gateway.yaml'), (gateway) => {
    gateway.setIn(['cache', 'entriesMax'], changes.cacheEntriesMax);
    // The index of the log is made beside the exchanges, and its PostgreSQL would share the core of the server.
    gateway.setIn(['state', 'database'], { url: changes.stateUrl ?? nobodysUrl });
    for (const [name, value] of Object.entries(changes.deliveries ?? {})) gateway.setIn(['deliveries', name], value);
    if (changes.redisUrl !== undefined) {
      gateway.setIn(['redis'], { url: changes.redisUrl, ...redisLimits });
      gateway.setIn(['cache', 'keyFile'], keyFile);
    }
    if (changes.keepsConnections === true) {
      gateway.setIn(['http', 'keepAliveTimeoutMs'], hourMs);
      gateway.setIn(['http', 'inactivityTimeoutMs'], hourMs);
    }
  });
  if (changes.redisUrl !== undefined) {
    await writeFile(path.join(to, keyFile), randomBytes(32).toString('base64url'), { mode: 0o600 });
  }
  await edit(path.join(to, 'registries.yaml'), (registries) => {
    registries.setIn(['registries'], registriesOf(changes));
  });
  for (const name of await readdir(path.join(to, 'agreements'))) {
    const file = path.join(to, 'agreements', name);
    const agreement = parseDocument(await readFile(file, 'utf8'));
    // Those about events call nothing, and have no quota.
    if (!agreement.has('event') && changes.services.includes(String(agreement.get('service')))) {
      await edit(file, (document) => document.setIn(['quota'], quota));
    } else {
      await rm(file);
    }
  }
}

function registriesOf({ databaseConnections, upstreamUrl, adapterFolders = [] }: ConfigurationChanges): object[] {
  const limits = { poolMax: databaseConnections, connectTimeoutMs: 2000 };
  const population = { adapter: 'population', source: { url: `\${POPULATION_URL}`, ...limits } };
  // Where a death is registered the third is told, too; here none is.
  const rest = [
    { adapter: 'judicial', source: { url: upstreamUrl, ...restLimits } },
    { adapter: 'social-affairs', source: { url: 'mysql://nobody@127.0.0.1:1/nothing', ...limits } },
  ];
  // Their services are never called.
  const further = adapterFolders.map((adapter) => ({ adapter, source: {} }));
  return [population, ...(upstreamUrl === undefined ? [] : rest), ...further];
}

async function edit(file: string, change: (document: Document.Parsed) => void): Promise<void> {
  const document = parseDocument(await readFile(file, 'utf8'));
  change(document);
  await writeFile(file, document.toString());
}
