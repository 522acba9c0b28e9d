/** First of all: is the caller who its X-Road-Client says it is? */

import { Problem } from '../../problems.ts';
import type { Identity } from '../ports.ts';
import type { Client, Incoming } from '../types.ts';

export interface AuthenticateDependencies {
  readonly identity: Identity;
}

export const authenticate =
  ({ identity }: AuthenticateDependencies) =>
  (incoming: Incoming): Client | Promise<Client> => {
    if (incoming.proven !== undefined) return incoming.proven;
    if (incoming.clientId === undefined) throw new Problem('header-missing', 'X-Road-Client is missing.');
    return identity.authenticate(incoming.credentials, incoming.clientId);
  };
