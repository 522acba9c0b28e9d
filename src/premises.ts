/** What a gateway stands on: its data folder, the servers that it stands up by itself, and the logs that are its to write. */

import { existsSync } from 'node:fs';
import { type DataLog, dataLog, dataLogs, hadWorkers } from './data-logs.ts';
import { awaitLock } from './embedded/await-lock.ts';
import { openCertificates } from './embedded/certificates.ts';
import { type DataFolder, openDataFolder } from './embedded/data-folder.ts';
import { createEmbeddedHosts } from './embedded/embedded-host.ts';
import type { FolderLock } from './embedded/folder-lock.ts';
import { startEmbeddedPostgres } from './embedded/postgres.ts';
import { clusterFolderIn } from './embedded/postgres-cluster.ts';
import { createSharedPostgres } from './embedded/shared-postgres.ts';
import type { LoadedAdapter } from './load-adapters.ts';
import { demandNoneLost } from './lost-logs.ts';
import type { Offer } from './offer.ts';
import type { StateAddress } from './state/settings.ts';
import { locateState } from './state-address.ts';
import type { Logger } from './telemetry/logger.ts';

export interface Premises {
  readonly folder: Omit<DataFolder, 'close'>;
  /** What this process writes. */
  readonly own: DataLog;
  /** Logs of workers that there are no more: this process has them open, so that they stay served and proven. */
  readonly orphans: readonly DataLog[];
  /** Every log of the data folder, whoever writes it; the first one first. */
  readonly logs: () => readonly DataLog[];
  /** Finds the state database, and starts it where that is needed. */
  readonly locateState: () => Promise<StateAddress>;
  /** Settings to open the registry with; a sample registry is stood up first, and once, however often it is asked for. */
  readonly settingsOf: (adapter: LoadedAdapter) => Promise<unknown>;
  /** Ends an embedded sample registry's processes; what it resolves with starts them again. */
  readonly holdRegistry: (name: string) => Promise<() => Promise<void>>;
  close(): Promise<void>;
}

export interface PremisesSetup {
  readonly offer: Offer;
  readonly dataFolder: string;
  readonly logger: Logger;
}

export interface FoundationSetup extends PremisesSetup {
  /** Processes that will use the servers. */
  readonly processes: number;
}

/** All but the logs: what several processes share. */
export type Foundation = Omit<Premises, 'own' | 'orphans' | 'logs'>;

/** A worker's process ends by itself within this time when its parent is gone. */
const lockWaitMs = 10_000;

/** For a process that is a gateway of its own. Throws, with everything closed again, where a part cannot be had. */
export async function openPremises(setup: PremisesSetup): Promise<Premises> {
  const foundation = await openFoundation({ ...setup, processes: 1 });
  const { path } = foundation.folder;
  const { origin } = setup.offer.configuration.gateway.exchangeLog;
  const own = dataLog(path, origin, 1);
  const orphans = dataLogs(path, origin).slice(1);
  try {
    const locks = hadWorkers(path) ? await lockLogs(foundation.folder, [own, ...orphans]) : [];
    const close = async () => {
      for (const lock of locks) lock.release();
      await foundation.close();
    };
    return { ...foundation, own, orphans, logs: () => dataLogs(path, origin), close };
  } catch (error) {
    await foundation.close();
    throw error;
  }
}

/** Takes the data folder; servers start when somebody first needs them. */
export async function openFoundation({ offer, dataFolder, logger, processes }: FoundationSetup): Promise<Foundation> {
  const { embedded, state, exchangeLog } = offer.configuration.gateway;
  const folder = await openDataFolder(dataFolder);
  try {
    await demandNoneLost(folder.path, exchangeLog.origin);
  } catch (error) {
    folder.close();
    throw error;
  }
  const isNew = !existsSync(clusterFolderIn(folder.path));
  let isPreparing = false;
  // Each process has pools of its own.
  const limits = { ...embedded.postgres, connectionsMax: embedded.postgres.connectionsMax * processes };
  const postgres = createSharedPostgres(() =>
    startEmbeddedPostgres({ folder, log: logger, limits, restart: embedded.restart }),
  );
  const standing = new Map<string, Promise<unknown>>();
  const hosts = createEmbeddedHosts({
    folder,
    postgres: postgres.get,
    certificates: openCertificates(await folder.folder('keys'), { nowMs: Date.now }),
    log: logger,
    childLimits: embedded.child,
    restartLimits: embedded.restart,
  });
  return {
    folder,
    locateState: () => locateState(state, postgres),
    async settingsOf({ entry, definition }) {
      if (entry.source !== 'embedded') return entry.source;
      const { name } = definition.manifest;
      const known = standing.get(name);
      if (known !== undefined) return known;
      if (isNew && !isPreparing) logger.info({}, 'preparing sample data, at the first start alone: this takes a while');
      isPreparing = true;
      const settings = hosts.forAdapter(name).then((host) => definition.embedded?.(host));
      standing.set(name, settings);
      // What could not be stood up is tried again where it is asked for again.
      settings.catch(() => standing.delete(name));
      return settings;
    },
    holdRegistry: (name) => hosts.hold(name),
    async close() {
      await hosts.close();
      await postgres.close();
      folder.close();
    },
  };
}

/** So that no process that is ending still writes them. Throws EmbeddedError, with none locked, where one does. */
export async function lockLogs(folder: Premises['folder'], logs: readonly DataLog[]): Promise<FolderLock[]> {
  const locks: FolderLock[] = [];
  try {
    for (const { lockFolder } of logs) locks.push(await awaitLock(await folder.folder(lockFolder), lockWaitMs));
    return locks;
  } catch (error) {
    for (const lock of locks) lock.release();
    throw error;
  }
}
