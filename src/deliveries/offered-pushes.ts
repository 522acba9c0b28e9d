/** Finds what there is of pushes among the services that a gateway offers. */

import type { Catalogue } from '../exchange/ports.ts';
import type { PushLeg, PushService } from '../exchange/services.ts';

export function pushOf(
  catalogue: Catalogue,
  { service, version }: { readonly service: string; readonly version: string },
): PushService | undefined {
  const found = catalogue.find(service, version);
  return found?.kind === 'push' ? found : undefined;
}

/** Those that have pushes of their own, and so a queue. */
export function registriesOf(catalogue: Catalogue): string[] {
  return [...new Set(catalogue.all().flatMap((service) => (service.kind === 'push' ? [service.registry] : [])))];
}

/** The name for waiting where a leg has none of its own. */
const waitingState = 'waiting';

/** What a push is in while the registry has it. */
export function stateOfWaiting({ state }: PushLeg): string {
  return state ?? waitingState;
}
