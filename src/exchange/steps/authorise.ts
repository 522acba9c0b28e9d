/** Decides by agreement what this consumer may learn, for which purpose, today. */

import { Problem } from '../../problems.ts';
import type { Agreements, Clock } from '../ports.ts';
import type { Service } from '../services.ts';
import type { Client, Message, Right } from '../types.ts';

export interface AuthoriseDependencies {
  readonly agreements: Agreements;
  readonly clock: Clock;
}

export const authorise =
  ({ agreements, clock }: AuthoriseDependencies) =>
  (client: Client, service: Service, message: Message): Right => {
    if (client.confinedTo !== undefined && !client.confinedTo.has(service.id)) {
      throw new Problem('agreement-missing', 'A caller known by its address alone may not call this service.');
    }
    return service.kind === 'push'
      ? { kind: 'push', service, grant: agreements.admit(client, service, message, clock.nowMs()) }
      : { kind: 'query', service, grant: agreements.evaluate(client, service, message, clock.nowMs()) };
  };
