/** Bounds what a registry is asked at once by what its source carries: what is above waits in the gateway's line, where consumers take turns. */

import type { AdapterDefinition } from './adapter-kit/types.ts';
import { changeServices, limitConcurrency } from './change-services.ts';
import type { ConfigFault } from './config-reader.ts';
import type { Catalogue } from './exchange/ports.ts';
import type { LoadedAdapter } from './load-adapters.ts';

/** Of valid settings; undefined where the adapter names no bound. Throws Error where what it names is none. */
export function callsMaxOf({ manifest, callsMax }: AdapterDefinition, settings: unknown): number | undefined {
  const named = callsMax?.(settings);
  if (named === undefined || (Number.isInteger(named) && named >= 1)) return named;
  throw new Error(`the adapter ${manifest.name} says that its source carries ${String(named)} calls at once`);
}

/** @param callsMax by name of the registry */
export function withinCapacity(catalogue: Catalogue, callsMax: ReadonlyMap<string, number>): Catalogue {
  const within = (registry: string, concurrencyMax: number) =>
    Math.min(concurrencyMax, callsMax.get(registry) ?? concurrencyMax);
  return changeServices(catalogue, (service) => limitConcurrency(service, within));
}

/** What is asked less at once than its manifest allows. Of sample registries that is known only when they stand. */
export function capacityNotes(adapters: readonly LoadedAdapter[]): ConfigFault[] {
  return adapters.flatMap(({ entry, definition }, index) => {
    if (entry.source === 'embedded') return [];
    const { name, concurrencyMax } = definition.manifest;
    const callsMax = callsMaxOf(definition, entry.source);
    if (callsMax === undefined || callsMax >= concurrencyMax) return [];
    const message = `each process asks ${name} ${count(callsMax)} at once, as many as its source carries; its manifest allows ${concurrencyMax}`;
    return [{ file: 'registries.yaml', at: `/registries/${index}/source`, message }];
  });
}

const count = (calls: number) => (calls === 1 ? '1 call' : `${calls} calls`);
