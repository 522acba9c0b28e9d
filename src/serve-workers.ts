/** The parent of several workers: stands up what they share, keeps them serving, and answers for all of them. */

import { setTimeout as sleep } from 'node:timers/promises';
import { dataLog } from './data-logs.ts';
import { openGatewayKeys } from './gateway-keys.ts';
import { createGivenConfigurations, standUp } from './given-configurations.ts';
import type { Offer } from './offer.ts';
import { openStandIn } from './open-stand-in.ts';
import { openFoundation } from './premises.ts';
import { createQuotaLender, type LeaseRequest } from './quota/quota-lender.ts';
import type { GoOrder } from './serve-worker.ts';
import { createServingWorkers } from './serving-workers.ts';
import type { Logger } from './telemetry/logger.ts';
import { createWhole } from './whole-gateway.ts';
import { createDealer } from './workers/dealer.ts';
import { type ForkedWorker, forkWorker } from './workers/fork.ts';
import type { PlaceObserver } from './workers/place.ts';
import { passOn } from './workers/siblings.ts';
import { createSupervisor, type Supervisor } from './workers/supervisor.ts';

export interface WorkersSetup {
  readonly offer: Offer;
  /** Reads the configuration anew; throws ConfigError. */
  readonly reread: () => Promise<Offer>;
  readonly dataFolder: string;
  readonly count: number;
  readonly host: string;
  readonly port: number;
  readonly logger: Logger;
}

export interface RunningWorkers {
  readonly url: string;
  /**
   * One worker after the other by the configuration as it is now; resolves when all serve by it. Rejects where it has
   * faults, or the first worker cannot serve by it: then all serve by the former one.
   */
  renew(): Promise<void>;
  /** From now on unready, and each answer ends its connection; resolves after `shutdown.unreadyMs`. */
  leave(): Promise<void>;
  /** Accepts nothing more, then ends all workers. */
  close(): Promise<void>;
}

/** Beside the exchanges in flight a worker has deliveries, registries and its log to end. */
const endExtraMs = 30_000;

/** Resolves when all workers serve. Throws, with everything closed again, where one cannot. */
export async function serveWithWorkers(setup: WorkersSetup): Promise<RunningWorkers> {
  const { offer, count, logger } = setup;
  const { workers, shutdown, http } = offer.configuration.gateway;
  const standIn = await openStandIn(offer, { health: () => whole.health(), metrics: () => whole.metrics() });
  const foundation = await openFoundation({ ...setup, processes: count });
  const { path } = foundation.folder;
  const configurations = createGivenConfigurations();
  const dealer = createDealer({
    waitingMax: http.connectionsMax,
    waitMsMax: workers.seatWaitMs,
    standIn: standIn.enter,
  });
  const serving = createServingWorkers({ dealer, settings: workers.pulse, logger });
  const { channels, pulses } = serving;
  let isLeaving = false;

  const supervisor: Supervisor = createSupervisor({
    count,
    start: (number) => {
      const given = configurations.take();
      const started = forkWorker({
        number,
        askPendingMax: workers.askPendingMax,
        poolThreads: workers.poolThreads,
        goTimeoutMs: 2 * workers.readyTimeoutMs,
        goBody() {
          serving.reach(number, started);
          return { dataFolder: path, workers: count, registries: given.registries } satisfies GoOrder;
        },
        begun() {
          given.served();
          if (isLeaving) started.channel.tell('leave', undefined);
          serving.enter(number, started);
        },
        ending: () => serving.passOver(number, started),
      });
      void started.exited.then(() => serving.leave(number, started));
      started.channel.on('configuration', () => given.texts);
      answer(started, number);
      return started;
    },
    reread: async () => configurations.offer(await standUp(foundation, await setup.reread())),
    limits: workers.restart,
    readyTimeoutMs: workers.readyTimeoutMs,
    endTimeoutMs: workers.drainIdleMs + 2 * shutdown.graceMs + endExtraMs,
    observer: observerOf(logger, (how) => {
      if (supervisor.serving().length > 0) return;
      dealer.despair();
      logger.error(
        { how },
        'no worker serves: exchanges are refused until one can be started, which is tried again and again',
      );
    }),
  });
  const whole = createWhole({ offer, count, supervisor, channels, pulses });
  const lender = createQuotaLender(
    { ...offer.configuration.gateway.quota, leasePercent: workers.quotaLeasePercent },
    { nowMs: Date.now },
  );

  function answer({ channel }: ForkedWorker, number: number): void {
    channel.on('pulse', () => true);
    channel.on('state-address', foundation.locateState);
    channel.on('lend', (request: LeaseRequest) => lender.lend(request));
    channel.on('whole-health', whole.health);
    channel.on('whole-metrics', whole.metrics);
    channel.on('whole-registries', whole.registries);
    channel.on('unfit', () => {
      logger.error({ worker: number }, 'the worker cannot record any more and is replaced');
      supervisor.replace(number);
      // Where the others cannot either, what comes now could not be recorded by a successor that is not there yet.
      dealer.despair();
    });
    passOn(
      channel,
      (to) => channels.get(to),
      () => [...channels.keys()],
    );
  }

  async function close(): Promise<void> {
    // Before any worker ends: what was accepted is served.
    await dealer.close(workers.drainIdleMs);
    await supervisor.close();
    await standIn.close();
    await foundation.close();
  }

  let url: string;
  try {
    // Once, before several processes find them missing.
    await openGatewayKeys(await foundation.folder.folder('keys'), dataLog(path, '', 1).folder);
    configurations.offer(await standUp(foundation, offer));
    await supervisor.begin();
    url = await dealer.listen(setup.host, setup.port);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    url,
    renew: supervisor.renew,
    async leave() {
      isLeaving = true;
      for (const channel of channels.values()) channel.tell('leave', undefined);
      await sleep(shutdown.unreadyMs);
    },
    close,
  };
}

/** `again` hears of each end behind which another one was not long ago. */
function observerOf(logger: Logger, again: (how: string) => void): PlaceObserver {
  return {
    // Each line has the parent's own pid.
    serving: (worker, workerPid) => logger.info({ worker, workerPid }, 'the worker serves'),
    ended(worker, how, backoffMs) {
      logger.error({ worker, how, backoffMs }, 'the worker has ended and is replaced');
      if (backoffMs > 0) again(how);
    },
    renewed: (worker) => logger.info({ worker }, 'the worker is renewed'),
  };
}
