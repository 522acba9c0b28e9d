/** Opens the registries behind the adapters, and says how they and their circuits are doing. */

import { handlerKey } from './adapter-kit/define-adapter.ts';
import type { Manifest } from './adapter-kit/manifest.ts';
import type { AdapterDefinition, Registry } from './adapter-kit/types.ts';
import { type AttemptSettings, createAttempts } from './breaker/attempts.ts';
import type { ObservableBreakers } from './breaker/breakers.ts';
import { createRegistries } from './catalogue/registries.ts';
import type { Catalogue, CircuitState, Registries, Waiter } from './exchange/ports.ts';
import type { LoadedAdapter } from './load-adapters.ts';
import type { Premises } from './premises.ts';
import { rest } from './rest.ts';
import { callsMaxOf } from './source-capacity.ts';
import type { Dependency } from './telemetry/health.ts';
import type { Logger } from './telemetry/logger.ts';
import type { Metrics } from './telemetry/metrics.ts';
import type { Otlp } from './telemetry/otlp/open-otlp.ts';

export interface OpenedRegistries {
  readonly registries: ReadonlyMap<string, Registry>;
  /** Calls that a registry's source carries at once, where its adapter says so. */
  readonly callsMax: ReadonlyMap<string, number>;
}

/** By name; what is open is closed by `closers`, also where another one cannot be opened. */
export async function openRegistries(
  adapters: readonly LoadedAdapter[],
  { settingsOf }: Premises,
  closers: (() => unknown)[],
): Promise<OpenedRegistries> {
  const registries = new Map<string, Registry>();
  const callsMax = new Map<string, number>();
  await Promise.all(
    adapters.map(async (adapter) => {
      const { definition } = adapter;
      const { name } = definition.manifest;
      const settings = await settingsOf(adapter);
      const carried = callsMaxOf(definition, settings);
      if (carried !== undefined) callsMax.set(name, carried);
      const registry = await openRegistry(definition, settings);
      demandHandlers(definition.manifest, registry);
      closers.push(() => registry.close());
      registries.set(name, registry);
    }),
  );
  return { registries, callsMax };
}

/** Says which registries are asked less at once than `catalogue` allows: their lines begin that much earlier. */
export function tellCapacity(
  catalogue: Catalogue,
  callsMax: OpenedRegistries['callsMax'],
  logger: Pick<Logger, 'info'>,
): void {
  const allowed = new Map(
    catalogue.all().map(({ registry, registryConcurrencyMax }) => [registry, registryConcurrencyMax]),
  );
  for (const [registry, concurrencyMax] of allowed) {
    const carried = callsMax.get(registry) ?? concurrencyMax;
    if (carried >= concurrencyMax) continue;
    const said = { registry, callsMax: carried, concurrencyMax };
    logger.info(said, 'the registry is asked no more at once than its source carries');
  }
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

export interface CallSetup {
  readonly registries: ReadonlyMap<string, Registry>;
  readonly settings: AttemptSettings;
  readonly breakers: ObservableBreakers;
  readonly telemetry: Pick<Otlp, 'overRegistries'>;
  readonly metrics: Metrics;
}

/** What queries ask: a second time where that is safe, and each attempt traced. */
export function openCalls({ registries, settings, breakers, telemetry, metrics }: CallSetup): Registries {
  return createAttempts(telemetry.overRegistries(createRegistries(registries)), {
    settings,
    stateOf: breakers.stateOf,
    takePlace: breakers.takePlace,
    random: Math.random,
    rest,
    observer: metrics,
  });
}

/** For the door, which knows a service by its key: of what it takes, queries whose answers are never kept are sure to stand in the line of a registry. */
export function createLineCheck(
  catalogue: Catalogue,
  breakers: Pick<ObservableBreakers, 'isFullFor'>,
): (serviceKey: string, waiter: Waiter) => boolean {
  const sure = new Map(
    catalogue
      .all()
      .map((service) => [service.key, service.kind === 'query' && service.cacheTtlMs === 0 ? service : undefined]),
  );
  return (serviceKey, waiter) => {
    const service = sure.get(serviceKey);
    return service !== undefined && breakers.isFullFor(service, waiter);
  };
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
