/** Opens the registries behind the adapters, and says how they and their circuits are doing. */

import { handlerKey } from './adapter-kit/define-adapter.ts';
import type { Manifest } from './adapter-kit/manifest.ts';
import type { AdapterDefinition, Registry } from './adapter-kit/types.ts';
import type { ObservableBreakers } from './breaker/breakers.ts';
import type { Catalogue, CircuitState } from './exchange/ports.ts';
import type { LoadedAdapter } from './load-adapters.ts';
import type { Premises } from './premises.ts';
import type { Dependency } from './telemetry/health.ts';

/** By name; what is open is closed by `closers`, also where another one cannot be opened. */
export async function openRegistries(
  adapters: readonly LoadedAdapter[],
  { settingsOf }: Premises,
  closers: (() => unknown)[],
): Promise<Map<string, Registry>> {
  const opened = new Map<string, Registry>();
  await Promise.all(
    adapters.map(async (adapter) => {
      const { definition } = adapter;
      const registry = await openRegistry(definition, await settingsOf(adapter));
      demandHandlers(definition.manifest, registry);
      closers.push(() => registry.close());
      opened.set(definition.manifest.name, registry);
    }),
  );
  return opened;
}

async function openRegistry(definition: AdapterDefinition, settings: unknown): Promise<Registry> {
  try {
    return await definition.open(settings);
  } catch (cause) {
    throw new Error(`the registry ${definition.manifest.name} cannot be opened: ${(cause as Error).message}`, {
      cause,
    });
  }
}

function demandHandlers(manifest: Manifest, registry: Registry): void {
  const queries = manifest.services.filter(({ kind }) => kind === 'query').map(handlerKey);
  const missing = [
    ...queries.filter((key) => !(key in registry.services)),
    ...(manifest.deliveries ?? []).filter((key) => !(key in (registry.deliveries ?? {}))),
  ];
  if (missing.length > 0) throw new Error(`the adapter ${manifest.name} has no handler for ${missing.join(', ')}`);
}

export function registryHealth(registries: ReadonlyMap<string, Registry>): Dependency[] {
  return [...registries].map(([name, registry]) => ({ name, vital: false, check: (signal) => registry.check(signal) }));
}

/** Every circuit, those that no call has used yet included, so that an alert can rely on the metric. */
export function statesOf(catalogue: Catalogue, breakers: ObservableBreakers): ReadonlyMap<string, CircuitState> {
  const queries = catalogue.all().filter(({ kind }) => kind === 'query');
  const unused = queries.map(({ key }): [string, CircuitState] => [key, 'closed']);
  return new Map([...unused, ...breakers.states()]);
}
