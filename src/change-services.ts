/** The same catalogue with other limits: what a process may ask of a registry is known only when it starts. */

import type { Catalogue } from './exchange/ports.ts';
import type { MetaService, Service } from './exchange/services.ts';

/** `change` is called once for each service. */
export function changeServices(catalogue: Catalogue, change: (service: Service) => Service): Catalogue {
  const changed = new Map<Service, Service>();
  for (const service of catalogue.all()) changed.set(service, change(service));
  const changedOf = (service: Service) => changed.get(service) ?? service;
  return {
    all: () => [...changed.values()],
    versionsOf: (id) => catalogue.versionsOf(id).map(changedOf),
    find(id, version) {
      const found = catalogue.find(id, version);
      return found !== undefined && isService(found) ? changedOf(found) : found;
    },
  };
}

const isService = (found: Service | MetaService): found is Service => found.kind !== 'meta';

/** `limit` gives what a registry may be asked at once, of what its manifest allows; for the registries of a push's legs, too. */
export function limitConcurrency(
  service: Service,
  limit: (registry: string, concurrencyMax: number) => number,
): Service {
  const limited = <T extends Pick<Service, 'registry' | 'registryConcurrencyMax'>>(one: T): T => {
    return { ...one, registryConcurrencyMax: limit(one.registry, one.registryConcurrencyMax) };
  };
  return service.kind === 'query' ? limited(service) : { ...limited(service), legs: service.legs.map(limited) };
}
