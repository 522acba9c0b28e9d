/** Finds the service that the path names, and refuses verbs that it has no endpoint for. */

import { Problem } from '../../problems.ts';
import type { Catalogue } from '../ports.ts';
import type { MetaService, Service } from '../services.ts';
import type { Incoming } from '../types.ts';

export interface ResolveServiceDependencies {
  readonly catalogue: Catalogue;
}

export const resolveService =
  ({ catalogue }: ResolveServiceDependencies) =>
  (incoming: Incoming): Service | MetaService => {
    const { serviceId, version, verb } = incoming;
    const service = serviceId === undefined ? undefined : catalogue.find(serviceId, version);
    if (service === undefined) throw new Problem('service-unknown', unknown(catalogue, incoming));
    const allowed = service.kind === 'meta' ? 'GET' : 'POST';
    if (verb !== allowed) {
      throw new Problem('method-not-allowed', `The service takes ${allowed} only.`, { allow: [allowed] });
    }
    if (service.kind !== 'meta' && incoming.query !== '') {
      throw new Problem(
        'request-malformed',
        'A service takes its message in the body; the address must have no query.',
      );
    }
    return service;
  };

function unknown({ versionsOf }: Catalogue, { serviceId, version }: Incoming): string {
  const versions = serviceId === undefined ? [] : versionsOf(serviceId).map((service) => service.version);
  if (versions.length === 0) return 'No service has this identifier.';
  const right = `this service has ${versions.join(', ')}`;
  return version === '' ? `The version is missing behind the service: ${right}.` : `No such version: ${right}.`;
}
