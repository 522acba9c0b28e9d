/** Answers a meta-service out of the catalogue; no registry is asked and no personal data involved. */

import type { MetaServices } from '../ports.ts';
import type { MetaService } from '../services.ts';
import type { Answer, Client, Incoming } from '../types.ts';

export interface DescribeDependencies {
  readonly metaServices: MetaServices;
}

export const describe =
  ({ metaServices }: DescribeDependencies) =>
  (client: Client, meta: MetaService, incoming: Incoming): Answer => ({
    ...metaServices.describe(meta, client, incoming.query),
    source: 'gateway',
    ageSeconds: 0,
    ttlSeconds: undefined,
    fields: [],
    registryMs: 0,
  });
