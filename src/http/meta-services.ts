/** Answers X-Road's meta-services out of the catalogue and the agreements (PR-MREST sections 3 and 4). */

import type { Agreements, Catalogue, Clock, MetaServices } from '../exchange/ports.ts';
import type { MetaService, Service } from '../exchange/services.ts';
import type { Client, XRoadId } from '../exchange/types.ts';
import { formatIdentifier } from './x-road/identifier.ts';
import { type ListedService, openApiProblems, renderServiceList, requestedServiceCode } from './x-road/metadata.ts';

export interface MetaServiceDependencies {
  readonly catalogue: Catalogue;
  readonly agreements: Agreements;
  readonly clock: Clock;
  /** The OpenAPI document of one service, JSON. */
  readonly openApiOf: (serviceId: XRoadId) => string;
}

export function createMetaServices(deps: MetaServiceDependencies): MetaServices {
  const { catalogue, agreements, clock } = deps;
  const inSubsystem = (subsystem: XRoadId) =>
    catalogue.all().filter((service) => service.id.startsWith(`${subsystem}/`));

  function openApi(meta: MetaService, query: string): string {
    const id = `${meta.subsystem}/${formatIdentifier([requestedServiceCode(query)])}`;
    if (catalogue.find(id, '')?.kind === 'meta') throw openApiProblems.serviceNotDescribed();
    if (catalogue.versionsOf(id).length === 0) throw openApiProblems.serviceNotFound(id);
    return deps.openApiOf(id);
  }

  function contentOf(meta: MetaService, client: Client, query: string): string {
    const services = meta.method === 'getOpenAPI' ? [] : inSubsystem(meta.subsystem);
    switch (meta.method) {
      case 'listMethods':
        return renderServiceList(listed(services));
      case 'allowedMethods':
        return renderServiceList(listed(services.filter((one) => agreements.mayCall(client, one, clock.nowMs()))));
      case 'getOpenAPI':
        return openApi(meta, query);
    }
  }

  return {
    describe: (meta, client, query) => ({
      content: contentOf(meta, client, query),
      contentType: 'application/json; charset=utf-8',
    }),
  };
}

/** One row a service, its versions as endpoints. */
function listed(services: readonly Service[]): ListedService[] {
  const versions = Map.groupBy(services, ({ id }) => id);
  return [...versions].map(([id, of]) => ({
    id,
    endpoints: of.map(({ version }) => ({ method: 'POST', path: `/${version}` })),
  }));
}
