/** Starts the timestamps of the log where they are configured, and says how they are doing. */

import { randomBytes } from 'node:crypto';
import type { Clock } from './exchange/ports.ts';
import { TimestampError } from './exchange-log/timestamps/timestamp-error.ts';
import type { TimestampStore } from './exchange-log/timestamps/timestamp-store.ts';
import type { Timestamper } from './exchange-log/timestamps/timestamper.ts';
import { startTimestamps } from './exchange-log/timestamps/timestamps.ts';
import type { TransparencyLog } from './exchange-log/transparency-log.ts';
import type { Offer } from './offer.ts';
import type { Dependency } from './telemetry/health.ts';
import type { Logger } from './telemetry/logger.ts';
import type { Metrics } from './telemetry/metrics.ts';

export interface TimestampParts {
  readonly log: TransparencyLog;
  readonly store: TimestampStore;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

/** Undefined where none are configured. */
export async function openTimestamps(offer: Offer, parts: TimestampParts): Promise<Timestamper | undefined> {
  const settings = offer.configuration.gateway.exchangeLog.timestamps;
  const { log, store, clock, metrics, logger } = parts;
  if (settings === undefined) return undefined;
  const authority = new URL(settings.url).host;
  return startTimestamps({
    settings,
    authorities: offer.timestampAuthorities,
    store,
    checkpoint: log.checkpoint,
    clock,
    randomBytes,
    observer: {
      stamped: (size) => logger.debug({ authority, size }, 'a checkpoint has its timestamp'),
      failed(error, isFirst) {
        metrics.timestampFailed();
        // Once an outage: the metric counts the others.
        if (!isFirst) return;
        const why = error instanceof TimestampError ? { reason: error.message } : { error };
        logger.warn({ authority, ...why }, 'checkpoints get no timestamp: exchanges go on');
      },
      recovered: () => logger.info({ authority }, 'checkpoints get timestamps again'),
    },
  });
}

/**
 * None where none are configured.
 * @param former those of the logs that no worker writes, as they are open at present
 */
export function timestampHealth(
  own: Timestamper | undefined,
  former: () => readonly (Timestamper | undefined)[],
): Dependency[] {
  if (own === undefined) return [];
  const check = async () => {
    if ([own, ...former()].some((one) => one?.isFailing)) throw new Error('the timestamp authority gives none');
  };
  return [{ name: 'timestamp-authority', vital: false, check }];
}
