/** Gives an adapter its types without a class to extend. */

import type { ServiceManifest } from './manifest.ts';
import type { AdapterDefinition } from './types.ts';

/** Returns the definition as it is. */
export function defineAdapter<Settings>(definition: AdapterDefinition<Settings>): AdapterDefinition<Settings> {
  return definition;
}

/** The key under which a registry's handler for a service stands: `code.version`. */
export function handlerKey(service: Pick<ServiceManifest, 'code' | 'version'>): string {
  return `${service.code}.${service.version}`;
}
