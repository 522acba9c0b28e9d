/** Makes the deliveries of a running gateway: their own pool on the state database, their key, and what operators hear of them. */

import { SourceError } from './adapter-kit/source-error.ts';
import type { Configuration } from './config.ts';
import { type DeliveriesSetup, startDeliveries } from './deliveries/deliveries.ts';
import { DeliveryKeyFault } from './deliveries/delivery-key-fault.ts';
import type { DeliveryObserver } from './deliveries/observer.ts';
import { registriesOf, stateOfWaiting } from './deliveries/offered-pushes.ts';
import { watchStock } from './deliveries/stock.ts';
import { createUnserved } from './deliveries/unserved.ts';
import type { Catalogue, Clock } from './exchange/ports.ts';
import { pushStates } from './exchange/pushes.ts';
import { troubleOf } from './fault-level.ts';
import type { StateAddress } from './state/settings.ts';
import { openStateDatabase } from './state/state-database.ts';
import type { StateWrites } from './state/state-writes.ts';
import type { Dependency } from './telemetry/health.ts';
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
  | 'makeId'
  | 'arrivedElsewhere';

export interface DeliveriesPlace extends Pick<DeliveriesSetup, Given> {
  readonly configuration: Configuration;
  /** Something is committed that somebody is to be told of. */
  readonly announced: () => void;
  readonly locate: () => Promise<StateAddress>;
  readonly stateWrites: StateWrites;
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
    writes: place.stateWrites,
  });
  const running = startDeliveries({
    ...place,
    database,
    origin: exchangeLog.origin,
    nowMs: clock.nowMs,
    random: Math.random,
    settings,
    observer: observerOf(metrics, logger, place.announced),
  });
  const registries = registriesOf(place.catalogue);
  const unserved = createUnserved({
    registries,
    stand: (registry, count) => logger.error({ registry, count }, notServed),
  });
  const stock = watchStock({
    database,
    settings,
    counted(stock) {
      metrics.deliveriesCounted(registries, stock);
      unserved.counted(stock);
    },
    failed: (error) => logger.error({ error }, 'the pushes that stand cannot be counted'),
  });
  const health: Dependency = {
    name: 'deliveries',
    vital: false,
    check: async () => {
      const standing = running.standing();
      if (standing instanceof DeliveryKeyFault) throw trouble('delivery-key', standing.message);
      if (unserved.any()) throw trouble('registry-not-served', notServed);
      if (!stock.isKnown()) throw trouble('not-counted', 'nobody knows what stands');
      if (standing !== 'open' && registries.length > 0) throw trouble('not-open', 'no pushes are taken');
      if (stock.latest()?.some(({ standing }) => standing === 'dead'))
        throw trouble('dead-letters', 'dead letters stand');
    },
  };
  return {
    ...running,
    health,
    stock: stock.latest,
    states: statesOf(place.catalogue),
    async close() {
      await stock.close();
      await running.close(shutdown.graceMs);
      await database.close();
    },
  };
}

/** What a probe is told; the list of dead letters names them. */
const trouble = (kind: string, message: string) => Object.assign(new Error(message), { kind });
const notServed =
  'pushes stand at a registry that this gateway does not serve, and hold what follows about their people: configure it again, or discard them';

/** What a push of this catalogue can be in. */
function statesOf(catalogue: Catalogue): readonly string[] {
  const legs = catalogue.all().flatMap((service) => (service.kind === 'push' ? service.legs : []));
  return [...new Set([...pushStates, ...legs.map(stateOfWaiting)])];
}

function observerOf(metrics: Metrics, logger: Logger, announced: () => void): DeliveryObserver {
  return {
    announced,
    moved: ({ service, state }) => metrics.deliveryMoved(service, state),
    opened() {
      metrics.deliveriesOpen(true);
      logger.info({}, 'pushes are accepted and delivered');
    },
    lost: (exchangeIds, count) =>
      logger.error(
        { lost: count, exchangeIds },
        'the exchange log has accepted pushes that the state database does not know: it was restored to an older state',
      ),
    failed: (error) => logger.warn(troubleOf(error), 'pushes are refused until the state database can be used'),
    // A circuit tells of itself when it changes.
    fault(problem, exchangeId) {
      const { cause } = problem;
      // A registry's ordinary trouble: where in the gateway it came up says nothing.
      if (cause instanceof SourceError) logger.warn({ exchangeId, trouble: cause.message }, problem.code);
      else logger.warn({ exchangeId, error: problem }, problem.code);
    },
    error: (error, exchangeId) =>
      logger.error(
        { exchangeId, error },
        exchangeId === undefined ? 'the work on pushes met an unexpected failure' : 'a delivery failed unexpectedly',
      ),
  };
}
