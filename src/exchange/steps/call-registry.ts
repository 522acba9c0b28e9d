/** Asks the registry that the service's adapter speaks for. */

import type { Registries } from '../ports.ts';
import type { QueryService } from '../services.ts';
import type { Message } from '../types.ts';

export interface CallRegistryDependencies {
  readonly registries: Registries;
}

export const callRegistry =
  ({ registries }: CallRegistryDependencies) =>
  (service: QueryService, message: Message, signal: AbortSignal): Promise<unknown> =>
    registries.call(service, message, signal);
