/** Decides by agreement what this consumer may learn, for which purpose, today. */

import { Problem } from '../../problems.ts';
import type { Agreements, Clock } from '../ports.ts';
import type { Client, Message, QueryGrant, QueryService } from '../types.ts';

export interface AuthoriseDependencies {
  readonly agreements: Agreements;
  readonly clock: Clock;
}

export const authorise =
  ({ agreements, clock }: AuthoriseDependencies) =>
  (client: Client, service: QueryService, message: Message): QueryGrant => {
    if (client.confinedTo !== undefined && !client.confinedTo.has(service.id)) {
      throw new Problem('agreement-missing', 'A caller known by its address alone may not call this service.');
    }
    return agreements.evaluate(client, service, message, clock.nowMs());
  };
