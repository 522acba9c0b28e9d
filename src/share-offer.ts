/** What one of several workers has of limits that are meant for the gateway as a whole: its part. */

import { changeServices, limitConcurrency } from './change-services.ts';
import type { Service } from './exchange/services.ts';
import type { Offer } from './offer.ts';

/** `origin` is that of the worker's own log. */
export function shareOffer(offer: Offer, origin: string, workers: number): Offer {
  const { configuration } = offer;
  const { gateway } = configuration;
  // Of what matters to a registry each has one at least: worker-limits.ts demands it.
  const part = (limit: number) => Math.max(1, Math.floor(limit / workers));
  const settings = {
    ...gateway,
    exchangeLog: { ...gateway.exchangeLog, origin },
    deliveries: { ...gateway.deliveries, perSecondMax: part(gateway.deliveries.perSecondMax) },
  };
  return {
    ...offer,
    configuration: { ...configuration, gateway: settings },
    catalogue: changeServices(offer.catalogue, (service) => shareService(service, part)),
  };
}

/** A registry takes no more calls at once than its manifest says, from all workers together. */
function shareService(service: Service, part: (limit: number) => number): Service {
  const { registryQueueMax } = service;
  return {
    ...limitConcurrency(service, (_registry, concurrencyMax) => part(concurrencyMax)),
    registryQueueMax: registryQueueMax === 0 ? 0 : part(registryQueueMax),
  };
}
