/** The gateway as bulk requests meet it: a query and a push of the population register, and a state database for the pushes. */

import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseDocument } from 'yaml';
import { composeGateway } from '../../src/compose.ts';
import { readOffer } from '../../src/offer.ts';
import { findProjectRoot } from '../../src/project-root.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { answerParent } from '../answer-parent.ts';

export interface BulkServerSetup {
  readonly folder: string;
  /** postgres:// URLs. */
  readonly registryUrl: string;
  readonly stateUrl: string;
  readonly services: readonly string[];
  readonly clients: readonly string[];
}

export interface BulkServerOpened {
  readonly url: string;
  readonly tokens: Readonly<Record<string, string>>;
}

export interface BulkServerUse {
  /** Since the start of the process, microseconds. */
  readonly cpuMicros: number;
  readonly heapMiB: number;
  readonly residentMiB: number;
}

/** Largest that agreement.schema.json allows. */
const quota = { requestsPerSecond: 1_000_000, burst: 1_000_000 };
let close: (() => Promise<void>) | undefined;

answerParent(
  {
    open,
    use: (): BulkServerUse => {
      const { user, system } = process.cpuUsage();
      const { heapUsed, rss } = process.memoryUsage();
      return { cpuMicros: user + system, heapMiB: heapUsed / 1024 / 1024, residentMiB: rss / 1024 / 1024 };
    },
  },
  () => close?.(),
);

async function open(setup: BulkServerSetup): Promise<BulkServerOpened> {
  const projectRoot = findProjectRoot();
  const configFolder = path.join(setup.folder, 'config');
  await cp(path.join(projectRoot, 'config'), configFolder, { recursive: true });
  await edit(path.join(configFolder, 'gateway.yaml'), (gateway) => {
    gateway.setIn(['state', 'database'], { url: setup.stateUrl });
  });
  await edit(path.join(configFolder, 'registries.yaml'), (registries) => {
    const source = { url: setup.registryUrl, poolMax: 16, connectTimeoutMs: 2000 };
    registries.setIn(['registries'], [{ adapter: 'population', source }]);
  });
  for (const name of await readdir(path.join(configFolder, 'agreements'))) {
    const file = path.join(configFolder, 'agreements', name);
    const service = String(parseDocument(await readFile(file, 'utf8')).get('service'));
    if (setup.services.includes(service)) await edit(file, (agreement) => agreement.setIn(['quota'], quota));
    else await rm(file);
  }
  const gateway = await composeGateway({
    offer: await readOffer({ configFolder, projectRoot, env: process.env }),
    dataFolder: path.join(setup.folder, 'data'),
    version: '0.0.0',
    logger: createLogger({ level: 'warn' }, 'bench'),
  });
  close = () => gateway.close();
  const tokens = setup.clients.map(async (id) => [
    id,
    await gateway.issueToken({ id, role: 'client', lifetimeSeconds: 86_400 }),
  ]);
  return { url: await gateway.listen('127.0.0.1', 0), tokens: Object.fromEntries(await Promise.all(tokens)) };
}

async function edit(file: string, change: (document: ReturnType<typeof parseDocument>) => void): Promise<void> {
  const document = parseDocument(await readFile(file, 'utf8'));
  change(document);
  await writeFile(file, document.toString());
}
