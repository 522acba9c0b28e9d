/** Puts together what one process knows of each registry: its health, its circuits, its calls. */

import type { ObservableBreakers } from './breaker/breakers.ts';
import type { Catalogue, CircuitState } from './exchange/ports.ts';
import type { RegistryReport } from './exchange/registry-reports.ts';
import type { LoadedAdapter } from './load-adapters.ts';
import type { Health } from './telemetry/health.ts';
import type { RegistryWatch } from './telemetry/registry-watch.ts';

export interface RegistryReportsSetup {
  readonly adapters: readonly LoadedAdapter[];
  readonly catalogue: Pick<Catalogue, 'all'>;
  readonly breakers: Pick<ObservableBreakers, 'states'>;
  readonly watch: Pick<RegistryWatch, 'uses'>;
  readonly health: () => Promise<readonly Health[]>;
}

export function createRegistryReports(setup: RegistryReportsSetup): () => Promise<readonly RegistryReport[]> {
  const { adapters, catalogue, breakers, watch, health } = setup;
  return async () => {
    const checked = new Map((await health()).map((one) => [one.name, one]));
    const states = breakers.states();
    const uses = watch.uses();
    return adapters.map(({ definition: { manifest } }) => {
      const { name, owner, deliveries } = manifest;
      const services = catalogue.all().filter(({ kind, registry }) => kind === 'query' && registry === name);
      const { ok = false, reason } = checked.get(name) ?? {};
      return {
        name,
        owner,
        ok,
        reason,
        // One that no call has used yet is closed.
        circuits: Object.fromEntries(
          services.map(({ key }): [string, CircuitState] => [key, states.get(key) ?? 'closed']),
        ),
        deliveryCircuit: deliveries === undefined ? undefined : (states.get(`${name}/deliveries`) ?? 'closed'),
        ...uses.get(name),
      };
    });
  };
}
