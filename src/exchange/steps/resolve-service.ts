/** Finds the service that the path names, and refuses verbs that it has no endpoint for. */

import { Problem } from '../../problems.ts';
import type { Catalogue } from '../ports.ts';
import type { Incoming, MetaService, Service } from '../types.ts';

export interface ResolveServiceDependencies {
  readonly catalogue: Catalogue;
}

export const resolveService =
  ({ catalogue }: ResolveServiceDependencies) =>
  (incoming: Incoming): Service | MetaService => {
    const { serviceId, version, verb } = incoming;
    const service = serviceId === undefined ? undefined : catalogue.find(serviceId, version);
    if (service === undefined) throw new Problem('service-unknown', 'No service has this identifier and version.');
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
