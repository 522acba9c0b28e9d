/** `lienthong serve` with several workers: the parent's process, and each worker's, at their edges. */

import { ConfigError, type ConfigTexts } from '../config-reader.ts';
import type { Offer } from '../offer.ts';
import { serveAsWorker } from '../serve-worker.ts';
import { serveWithWorkers } from '../serve-workers.ts';
import { createLogger, type Logger } from '../telemetry/logger.ts';
import { demandShares } from '../worker-limits.ts';
import { openParent } from '../workers/fork.ts';
import { endStartOnSignal } from './end-on-signal.ts';
import { fail } from './fail.ts';
import { offerOf } from './options.ts';
import { shareLookupsOf } from './share-lookups.ts';

export interface WorkersOptions {
  readonly offer: Offer;
  readonly logger: Logger;
  readonly count: number;
  readonly host: string;
  readonly port: number;
  readonly config: string;
  readonly data: string;
}

/** For its parent to hear why it ends, milliseconds. */
const farewellMs = 2_000;

/** For its parent to say what it is to serve by, milliseconds. */
const configurationMs = 10_000;

/** Resolves when it serves. */
export async function runWorkers({ offer, logger, count, host, port, config, data }: WorkersOptions): Promise<void> {
  const start = async () =>
    serveWithWorkers({
      offer: demandShares(offer, count),
      reread: async () => demandShares(await offerOf(config), count),
      dataFolder: data,
      count,
      host,
      port,
      logger,
    });
  const shuttingDown = (signal: string) => logger.info({ signal }, 'shutting down');
  const running = await endStartOnSignal(start, shuttingDown);
  logger.info({ url: running.url, workers: count, services: offer.catalogue.all().length }, 'serving');
  let isEnding = false;
  const end = (signal: NodeJS.Signals) => {
    if (isEnding) process.exit(1);
    isEnding = true;
    shuttingDown(signal);
    const left = signal === 'SIGTERM' ? running.leave() : Promise.resolve();
    left
      .then(() => running.close())
      .then(
        () => process.exit(0),
        (error: unknown) => fail(error),
      );
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  process.on('SIGHUP', () => {
    // From a terminal it says that the terminal is gone.
    if (process.stdout.isTTY) return end('SIGHUP');
    logger.info({}, 'the workers are renewed, one after the other');
    running.renew().then(
      () => logger.info({}, 'all workers are renewed'),
      (error: unknown) => logger.error({ error, reason: reasonOf(error) }, 'the workers are not renewed'),
    );
  });
}

/** Resolves when it waits for its log. The configuration is what its parent read: all workers have the same one. */
export async function runWorker(config: string, version: string): Promise<void> {
  const parent = openParent(process.env);
  const { channel } = parent;
  const texts = channel.ask<ConfigTexts>('configuration', undefined, configurationMs);
  const offer = await texts
    .then((known) => offerOf(config, known))
    .catch(async (error: unknown) => {
      await channel.ask('failed', reasonOf(error), farewellMs).catch(() => undefined);
      return process.exit(1);
    });
  const { logging, node } = offer.configuration.gateway;
  const logger = createLogger(logging, node).child({ worker: parent.number });
  shareLookupsOf(offer.configuration.gateway, logger);
  serveAsWorker({ parent, offer, version, logger });
}

function reasonOf(error: unknown): string {
  if (error instanceof ConfigError) return `the configuration has faults: ${error.message}`;
  return error instanceof Error ? error.message : 'it failed';
}
