/** The parent of several workers: stands up what they share, keeps them serving, and answers for all of them. */

import { dataLog } from './data-logs.ts';
import type { ProcessReport, RegistryReport } from './exchange/registry-reports.ts';
import { openGatewayKeys } from './gateway-keys.ts';
import { createGivenConfigurations, type Given } from './given-configurations.ts';
import type { Offer } from './offer.ts';
import { type Foundation, openFoundation } from './premises.ts';
import { createQuotaLender, type LeaseRequest } from './quota/quota-lender.ts';
import type { GoOrder } from './serve-worker.ts';
import type { Health } from './telemetry/health.ts';
import type { Logger } from './telemetry/logger.ts';
import { mergeHealth, type WorkerHealth } from './telemetry/merge-health.ts';
import { mergeMetrics } from './telemetry/merge-metrics.ts';
import { createWorkerMetrics } from './telemetry/worker-metrics.ts';
import type { Channel } from './workers/channel.ts';
import { openDealer } from './workers/dealer.ts';
import { type ForkedWorker, forkWorker } from './workers/fork.ts';
import { passOn } from './workers/siblings.ts';
import { createSupervisor, type Supervisor, type SupervisorObserver } from './workers/supervisor.ts';

export interface WorkersSetup {
  readonly offer: Offer;
  /** Reads the configuration anew; throws ConfigError. */
  readonly reread: () => Promise<Offer>;
  readonly dataFolder: string;
  readonly count: number;
  readonly host: string;
  readonly port: number;
  readonly logger: Logger;
  /** No worker can live any more; everything is closed already. */
  readonly lost: (why: string) => void;
}

export interface RunningWorkers {
  readonly url: string;
  /**
   * One worker after the other by the configuration as it is now; resolves when all serve by it. Rejects where it has
   * faults, or the first worker cannot serve by it: then all serve by the former one.
   */
  renew(): Promise<void>;
  close(): Promise<void>;
}

/** Beside the exchanges in flight a worker has deliveries, registries and its log to end. */
const endExtraMs = 30_000;

/** Resolves when all workers serve. Throws, with everything closed again, where one cannot. */
export async function serveWithWorkers(setup: WorkersSetup): Promise<RunningWorkers> {
  const { offer, count, logger } = setup;
  const { workers, shutdown, http } = offer.configuration.gateway;
  const foundation = await openFoundation({ ...setup, processes: count });
  const { path } = foundation.folder;
  const channels = new Map<number, Channel>();
  const configurations = createGivenConfigurations();
  const dealer = await openDealer({ ...setup, waitingMax: http.connectionsMax }).catch(async (error: unknown) => {
    await foundation.close();
    throw error;
  });

  const supervisor: Supervisor = createSupervisor({
    count,
    start: (number) => {
      const given = configurations.take();
      const started = forkWorker({
        number,
        askPendingMax: workers.askPendingMax,
        goTimeoutMs: 2 * workers.readyTimeoutMs,
        goBody() {
          // From now on it may keep answers, and must hear of what makes them invalid.
          channels.set(number, started.channel);
          return { dataFolder: path, workers: count, registries: given.registries } satisfies GoOrder;
        },
        begun() {
          given.served();
          dealer.add(number, started.handOver);
        },
        ending: () => dealer.remove(number, started.handOver),
      });
      void started.exited.then(() => {
        dealer.remove(number, started.handOver);
        if (channels.get(number) === started.channel) channels.delete(number);
      });
      started.channel.on('configuration', () => given.texts);
      answer(started, number);
      return started;
    },
    reread: async () => configurations.offer(await standUp(foundation, await setup.reread())),
    limits: workers.restart,
    readyTimeoutMs: workers.readyTimeoutMs,
    endTimeoutMs: workers.drainIdleMs + 2 * shutdown.graceMs + endExtraMs,
    observer: observerOf(logger, (why) => {
      void close().then(() => setup.lost(why));
    }),
  });
  const whole = createWhole({ offer, count, supervisor, channels });
  const lender = createQuotaLender(
    { ...offer.configuration.gateway.quota, leasePercent: workers.quotaLeasePercent },
    { nowMs: Date.now },
  );

  function answer({ channel }: ForkedWorker, number: number): void {
    channel.on('state-address', foundation.locateState);
    channel.on('lend', (request: LeaseRequest) => lender.lend(request));
    channel.on('whole-health', whole.health);
    channel.on('whole-metrics', whole.metrics);
    channel.on('whole-registries', whole.registries);
    channel.on('unfit', () => {
      logger.error({ worker: number }, 'the worker cannot record any more and is replaced');
      supervisor.replace(number);
    });
    passOn(
      channel,
      (to) => channels.get(to),
      () => [...channels.keys()],
    );
  }

  async function close(): Promise<void> {
    await supervisor.close();
    dealer.close();
    await foundation.close();
  }

  try {
    // Once, before several processes find them missing.
    await openGatewayKeys(await foundation.folder.folder('keys'), dataLog(path, '', 1).folder);
    configurations.offer(await standUp(foundation, offer));
    await supervisor.begin();
  } catch (error) {
    await close();
    throw error;
  }
  return {
    url: dealer.url,
    renew: supervisor.renew,
    close,
  };
}

async function standUp(foundation: Foundation, { adapters, configuration }: Offer): Promise<Given> {
  const embedded = adapters.filter(({ entry }) => entry.source === 'embedded');
  const settings = embedded.map(async (adapter) => {
    return [adapter.definition.manifest.name, await foundation.settingsOf(adapter)] as const;
  });
  return { texts: configuration.texts, registries: Object.fromEntries(await Promise.all(settings)) };
}

function observerOf(logger: Logger, lost: (why: string) => void): SupervisorObserver {
  return {
    // Each line has the parent's own pid.
    serving: (worker, workerPid) => logger.info({ worker, workerPid }, 'the worker serves'),
    ended: (worker, how, backoffMs) => logger.error({ worker, how, backoffMs }, 'the worker has ended and is replaced'),
    renewed: (worker) => logger.info({ worker }, 'the worker is renewed'),
    lost,
  };
}

interface WholeSetup {
  readonly offer: Offer;
  readonly count: number;
  readonly supervisor: Pick<Supervisor, 'serving' | 'starts'>;
  readonly channels: ReadonlyMap<number, Channel>;
}

/** The gateway as those see it who ask any one of its workers. */
function createWhole({ offer, count, supervisor, channels }: WholeSetup) {
  const { askTimeoutMs } = offer.configuration.gateway.workers;
  const numbers = Array.from({ length: count }, (_one, at) => at + 1);
  const ownMetrics = createWorkerMetrics({ workers: numbers, ...supervisor });

  /** Undefined for each that does not serve or does not answer. */
  const askAll = <T>(question: string) =>
    Promise.all(
      numbers.map(async (number): Promise<readonly [number, T | undefined]> => {
        const channel = supervisor.serving().includes(number) ? channels.get(number) : undefined;
        return [number, await channel?.ask<T>(question, undefined, askTimeoutMs).catch(() => undefined)];
      }),
    );

  return {
    health: shared(async (): Promise<readonly Health[]> => mergeHealth(new Map(await askAll<WorkerHealth>('health')))),
    registries: shared(async (): Promise<readonly ProcessReport[]> => {
      const answers = await askAll<readonly RegistryReport[]>('registries');
      return answers.map(([worker, registries]) => ({ worker, registries }));
    }),
    metrics: shared(async () => {
      const answers = await askAll<string>('metrics');
      return mergeMetrics([await ownMetrics(), ...answers.flatMap(([, text]) => text ?? [])]);
    }),
  };
}

/** Who asks while the same is being asked gets that answer: scrapes do not pile up. */
function shared<T>(work: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined;
  return () => {
    running ??= work().finally(() => {
      running = undefined;
    });
    return running;
  };
}
