/** One worker's process: reads the configuration, waits for its log, serves, and ends when its parent says so or is gone. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Company } from './company.ts';
import { composeGateway } from './compose.ts';
import { type DataLog, dataLog, dataLogs } from './data-logs.ts';
import { subFoldersOf } from './embedded/data-folder.ts';
import type { Gateway } from './gateway.ts';
import type { Offer } from './offer.ts';
import { lockLogs, type Premises } from './premises.ts';
import { shareOffer } from './share-offer.ts';
import type { Logger } from './telemetry/logger.ts';
import { createWholeFromWorker } from './whole-from-worker.ts';
import type { Channel } from './workers/channel.ts';
import { type Door, openDoor } from './workers/door.ts';
import type { Parent } from './workers/fork.ts';
import { createSiblings } from './workers/siblings.ts';

/** What a worker is told when it may take its log. */
export interface GoOrder {
  /** Of the parent, which holds the lock. */
  readonly dataFolder: string;
  readonly workers: number;
  /** Settings of the sample registries, by the name of the adapter. */
  readonly registries: Readonly<Record<string, unknown>>;
}

export interface WorkerSetup {
  readonly parent: Parent;
  readonly offer: Offer;
  readonly version: string;
  readonly logger: Logger;
}

/** Returns at once; the process ends itself. */
export function serveAsWorker(setup: WorkerSetup): void {
  const { parent, offer, logger } = setup;
  const { channel } = parent;
  const { workers, shutdown, http, state } = offer.configuration.gateway;
  let starting: Promise<Gateway> | undefined;
  let door: Door | undefined;
  let isEnding = false;

  async function end(gently: boolean): Promise<void> {
    if (isEnding) return;
    isEnding = true;
    const gateway = await starting?.catch(() => undefined);
    const emptied = door?.close({ idleMs: gently ? workers.drainIdleMs : 0, graceMs: shutdown.graceMs });
    // Else they would wait until they are cut off.
    gateway?.endWaits();
    await emptied;
    await gateway?.close();
    process.exit(0);
  }

  channel.on('go', async (order: GoOrder) => {
    starting = start(setup, order);
    const gateway = await starting;
    channel.on('metrics', gateway.metrics);
    channel.on('health', gateway.health);
    channel.on('registries', gateway.registries);
    channel.on('leave', gateway.leave);
    channel.on('pulse', () => true);
    await untilWhole(gateway, state.connectTimeoutMs);
    door = await openDoor(gateway.app.server, http.connectionsMax);
    parent.onConnection(door.enter);
  });
  channel.on('drain', (gently: boolean) => {
    end(gently).catch((error: unknown) => {
      logger.error({ error }, 'the worker could not end in order');
      process.exit(1);
    });
  });
  // From a terminal they reach every process: the parent's word counts.
  for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);
  process.on('SIGTERM', () => void end(true).catch(() => process.exit(1)));
  // Nobody is left to say when: what is durable is durable, and the next start goes on from there.
  process.once('disconnect', () => process.exit(0));
  channel.tell('prepared', undefined);
}

/**
 * Exchanges need no state database, pushes do: whoever comes in the moment in which its pools are opened would be refused,
 * while the others, or the process that this one replaces, would have served them.
 */
async function untilWhole({ stateTried }: Gateway, timeoutMs: number): Promise<void> {
  const done = new AbortController();
  await Promise.race([stateTried, sleep(timeoutMs, undefined, { signal: done.signal }).catch(() => undefined)]);
  done.abort();
}

async function start({ parent, offer, version, logger }: WorkerSetup, order: GoOrder): Promise<Gateway> {
  const { channel, number } = parent;
  const premises = await openWorkerPremises({ channel, number, offer }, order);
  try {
    return await composeGateway({
      offer: shareOffer(offer, premises.own.origin, order.workers),
      dataFolder: order.dataFolder,
      version,
      logger,
      recordFailed: () => channel.tell('unfit', undefined),
      premises,
      company: companyOf({ channel, number, offer }, order.workers),
    });
  } catch (error) {
    await premises.close();
    throw error;
  }
}

interface Place {
  readonly channel: Channel;
  readonly number: number;
  readonly offer: Offer;
}

/** Throws EmbeddedError where another process still has one of the logs. */
async function openWorkerPremises({ channel, number, offer }: Place, order: GoOrder): Promise<Premises> {
  const { exchangeLog, workers } = offer.configuration.gateway;
  const folder = subFoldersOf(order.dataFolder);
  const logs = () => dataLogs(folder.path, exchangeLog.origin);
  const own = dataLog(folder.path, exchangeLog.origin, number);
  const isOrphan = (log: DataLog) => log.number > order.workers;
  const orphans = number === 1 ? logs().filter(isOrphan) : [];
  const locks = await lockLogs(folder, [own, ...orphans]);
  return {
    folder,
    own,
    orphans,
    logs,
    locateState: () => channel.ask('state-address', undefined, workers.readyTimeoutMs),
    settingsOf: async ({ entry, definition }) =>
      entry.source === 'embedded' ? order.registries[definition.manifest.name] : entry.source,
    holdRegistry: () => Promise.reject(new Error('sample registries are the parent’s')),
    async close() {
      for (const lock of locks) lock.release();
    },
  };
}

function companyOf({ channel, number, offer }: Place, count: number): Company {
  const { workers } = offer.configuration.gateway;
  return {
    number,
    count,
    siblings: createSiblings(channel, number, count),
    lend: (request) => channel.ask('lend', request, workers.pulse.timeoutMs),
    whole: createWholeFromWorker(channel, number, count, workers),
  };
}
