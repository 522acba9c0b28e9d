/** Makes a running witness out of its configuration and data folder. */

import { createPrivateKey } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { loadConfigFile } from './config.ts';
import { ConfigError, type ConfigFault } from './config-reader.ts';
import { openDataFolder } from './embedded/data-folder.ts';
import { openKeys } from './embedded/keys.ts';
import { createExchangeIds } from './exchange-ids.ts';
import {
  createCosigner,
  formatVerifierKey,
  type KeyedSigner,
  parseVerifierKey,
  signatureTypes,
} from './exchange-log/note/keys.ts';
import type { Verifier } from './exchange-log/note/note.ts';
import { realDisk } from './exchange-log/store/disk.ts';
import { createWitness, type WitnessedLog, type WitnessLogObserver } from './exchange-log/witness/witness.ts';
import { openWitnessStore } from './exchange-log/witness/witness-store.ts';
import type { HttpLimits } from './http/hygiene.ts';
import { buildWitnessApp } from './http/witness-app.ts';
import type { Logger, LoggerSettings } from './telemetry/logger.ts';

export interface WitnessConfiguration {
  readonly name: string;
  readonly listen: { readonly host: string; readonly port: number };
  readonly http: HttpLimits & { readonly bodyBytesMax: number; readonly connectionsMax: number };
  readonly logs: readonly { readonly key: string; readonly origin?: string }[];
  readonly shutdown: { readonly graceMs: number };
  readonly logging: LoggerSettings;
}

export interface WitnessOptions {
  readonly configuration: WitnessConfiguration;
  readonly logs: readonly WitnessedLog[];
  readonly dataFolder: string;
  readonly logger: Logger;
}

export interface RunningWitness {
  /** By which others check its cosignatures: `name+key id+base64`, type 0x04. */
  readonly vkey: string;
  /** Listens and returns the base URL. */
  listen(host: string, port: number): Promise<string>;
  close(): Promise<void>;
}

const keyName = 'witness';
const keyFile = `${keyName}.jwk`;

/** Throws ConfigError with every fault. */
export async function readWitnessConfiguration(file: string, schemaFolder: string, env: NodeJS.ProcessEnv) {
  const configuration = await loadConfigFile<WitnessConfiguration>(file, 'witness', { schemaFolder, env });
  const faults: ConfigFault[] = [];
  const logs = new Map<string, Verifier[]>();
  for (const [index, { key, origin }] of configuration.logs.entries()) {
    try {
      const verifier = parseVerifierKey(key);
      if (verifier.type !== signatureTypes.ed25519) throw new TypeError('is no key of a log: its type is not 1');
      const name = origin ?? verifier.name;
      logs.set(name, [...(logs.get(name) ?? []), verifier]);
    } catch (error) {
      faults.push({ file: path.basename(file), at: `/logs/${index}/key`, message: (error as Error).message });
    }
  }
  if (faults.length > 0) throw new ConfigError(faults);
  return { configuration, logs: [...logs].map(([origin, verifiers]): WitnessedLog => ({ origin, verifiers })) };
}

/** Throws, with everything closed again, where a part cannot be started. */
export async function composeWitness(options: WitnessOptions): Promise<RunningWitness> {
  const { configuration, logger } = options;
  const folder = await openDataFolder(options.dataFolder);
  try {
    const keys = await folder.folder('keys');
    // Before the key is made: a witness that has one and no memory has lost it.
    const isBegun = (await readdir(keys)).includes(keyFile);
    const store = await openWitnessStore({ disk: realDisk, folder: path.join(folder.path, 'witness'), isBegun });
    const cosigner = await cosignerOf(keys, configuration.name);
    const app = await buildWitnessApp({
      limits: configuration.http,
      witness: createWitness({ logs: options.logs, cosigner, store, observer: witnessObserver(logger) }),
      makeRequestId: createExchangeIds(Date.now),
      onFault: (error, requestId) => logger.error({ requestId, error }, 'a checkpoint could not be witnessed'),
    });
    return {
      vkey: formatVerifierKey(cosigner.verifier),
      listen: (host, port) => app.listen({ host, port }),
      async close() {
        const cut = setTimeout(() => app.server.closeAllConnections(), configuration.shutdown.graceMs);
        await app.close();
        clearTimeout(cut);
        folder.close();
      },
    };
  } catch (error) {
    folder.close();
    throw error;
  }
}

/** The key of a witness that may be running; undefined where it was not begun. */
export async function readWitnessKey(dataFolder: string, name: string): Promise<string | undefined> {
  const keys = path.join(dataFolder, 'keys');
  const names = await readdir(keys).catch((): string[] => []);
  return names.includes(keyFile) ? formatVerifierKey((await cosignerOf(keys, name)).verifier) : undefined;
}

async function cosignerOf(keysFolder: string, name: string): Promise<KeyedSigner> {
  const { kty, crv, x, d } = await openKeys(keysFolder).signingKey(keyName);
  const privateKey = createPrivateKey({ key: { kty, crv, x, d }, format: 'jwk' });
  return createCosigner(name, privateKey, () => Math.floor(Date.now() / 1000));
}

function witnessObserver(logger: Logger): WitnessLogObserver {
  return {
    cosigned: (log, size) => logger.debug({ log, size }, 'cosigned'),
    contradicted: (log, cosignedSize, note) =>
      logger.error({ log, cosignedSize, note }, 'a log has signed what does not continue what was cosigned'),
  };
}
