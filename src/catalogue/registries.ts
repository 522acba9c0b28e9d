/** Passes a service's question to the registry behind it. */

import { SourceError } from '../adapter-kit/source-error.ts';
import type { Registry } from '../adapter-kit/types.ts';
import type { Registries } from '../exchange/ports.ts';

/** By adapter name. Throws Error where a service has no handler. */
export function createRegistries(registries: ReadonlyMap<string, Registry>): Registries {
  return {
    async call(service, message, signal) {
      const handler = registries.get(service.registry)?.services[service.handler];
      if (handler === undefined) throw new Error(`${service.registry} has no handler ${service.handler}`);
      try {
        // Valid by the service's schema: the shape that the handler is written for.
        return await handler(message.question as never, { signal, exchangeId: message.exchangeId });
      } catch (error) {
        if (error instanceof SourceError) throw error;
        // Whatever an adapter throws is its registry's trouble and counts for its breaker.
        throw new SourceError('failed', `the adapter ${service.registry} failed`, error);
      }
    },
  };
}
