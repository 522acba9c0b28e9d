/** Makes the deliveries of a running gateway: their own pool on the state database, their key, and what operators hear of them. */

import { v7 as uuidv7 } from 'uuid';
import type { Configuration } from './config.ts';
import { type DeliveriesSetup, type DeliveryObserver, startDeliveries } from './deliveries/deliveries.ts';
import type { Clock } from './exchange/ports.ts';
import type { StateAddress } from './state/settings.ts';
import { openStateDatabase } from './state/state-database.ts';
import type { Logger } from './telemetry/logger.ts';
import type { Metrics } from './telemetry/metrics.ts';

type Given =
  | 'audience'
  | 'secrets'
  | 'log'
  | 'ownLog'
  | 'findInLog'
  | 'catalogue'
  | 'registries'
  | 'breakers'
  | 'cache'
  | 'pseudonyms'
  | 'arrivedElsewhere';

export interface DeliveriesPlace extends Pick<DeliveriesSetup, Given> {
  readonly configuration: Configuration;
  /** Something is committed that somebody is to be told of. */
  readonly announced: () => void;
  readonly locate: () => Promise<StateAddress>;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

export function openDeliveries(place: DeliveriesPlace) {
  const { configuration, clock, metrics, logger, locate } = place;
  const { state, deliveries: settings, exchangeLog, shutdown } = configuration.gateway;
  // A pool of its own: no auditor's question keeps a push waiting. The index tells of outages.
  const database = openStateDatabase({
    locate,
    limits: { ...state, poolMax: settings.connectionsMax, durable: true },
    observer: { up: () => undefined, down: () => undefined },
  });
  const running = startDeliveries({
    ...place,
    database,
    origin: exchangeLog.origin,
    nowMs: clock.nowMs,
    random: Math.random,
    makeId: uuidv7,
    settings,
    observer: observerOf(metrics, logger, place.announced),
  });
  return {
    ...running,
    async close() {
      await running.close(shutdown.graceMs);
      await database.close();
    },
  };
}

/** One line of the operational log has its limits. */
const lostShownMax = 100;

function observerOf(metrics: Metrics, logger: Logger, announced: () => void): DeliveryObserver {
  return {
    announced,
    moved: ({ service, state }) => metrics.deliveryMoved(service, state),
    opened() {
      metrics.deliveriesOpen(true);
      logger.info({}, 'pushes are accepted and delivered');
    },
    lost: (exchangeIds) =>
      logger.error(
        { lost: exchangeIds.length, exchangeIds: exchangeIds.slice(0, lostShownMax) },
        'the exchange log has accepted pushes that the state database does not know: it was restored to an older state',
      ),
    failed: (error) => logger.warn({ error }, 'pushes are refused until the state database can be used'),
    // A circuit tells of itself when it changes.
    fault: (problem, exchangeId) => logger.warn({ exchangeId, error: problem }, problem.code),
    error: (error, exchangeId) => logger.error({ exchangeId, error }, 'a delivery failed unexpectedly'),
  };
}
