/** What one of several workers has of limits that are meant for the gateway as a whole: its part. */

import type { Catalogue } from './exchange/ports.ts';
import type { MetaService, Service } from './exchange/services.ts';
import type { Offer } from './offer.ts';

/** `origin` is that of the worker's own log. */
export function shareOffer(offer: Offer, origin: string, workers: number): Offer {
  const { configuration } = offer;
  const { gateway } = configuration;
  const part = (limit: number) => Math.max(1, Math.floor(limit / workers));
  const settings = {
    ...gateway,
    exchangeLog: { ...gateway.exchangeLog, origin },
    deliveries: { ...gateway.deliveries, perSecondMax: part(gateway.deliveries.perSecondMax) },
  };
  return {
    ...offer,
    configuration: { ...configuration, gateway: settings },
    catalogue: shareCatalogue(offer.catalogue, part),
  };
}

/** A registry takes no more calls at once than its manifest says, from all workers together. */
function shareCatalogue(catalogue: Catalogue, part: (limit: number) => number): Catalogue {
  const shared = new Map<Service, Service>();
  for (const service of catalogue.all()) shared.set(service, shareService(service, part));
  const sharedOf = (service: Service) => shared.get(service) ?? service;
  const isService = (found: Service | MetaService): found is Service => found.kind !== 'meta';
  return {
    all: () => [...shared.values()],
    versionsOf: (id) => catalogue.versionsOf(id).map(sharedOf),
    find(id, version) {
      const found = catalogue.find(id, version);
      return found !== undefined && isService(found) ? sharedOf(found) : found;
    },
  };
}

function shareService(service: Service, part: (limit: number) => number): Service {
  const { registryConcurrencyMax, registryQueueMax } = service;
  const own = {
    registryConcurrencyMax: part(registryConcurrencyMax),
    registryQueueMax: registryQueueMax === 0 ? 0 : part(registryQueueMax),
  };
  if (service.kind === 'query') return { ...service, ...own };
  const legs = service.legs.map((leg) => ({ ...leg, registryConcurrencyMax: part(leg.registryConcurrencyMax) }));
  return { ...service, ...own, legs };
}
