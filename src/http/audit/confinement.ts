/** Keeps an auditor of one member to that member's exchanges: those in which it is the consumer or owns the service. */

import type { XRoadId } from '../../exchange/types.ts';

export interface Parties {
  readonly consumer?: XRoadId | undefined;
  readonly service?: XRoadId | undefined;
}

/** True for everything where there is no confinement. A member covers its subsystems and their services. */
export function mayLookAt(confinedTo: XRoadId | undefined, { consumer, service }: Parties): boolean {
  if (confinedTo === undefined) return true;
  return [consumer, service].some((id) => id === confinedTo || id?.startsWith(`${confinedTo}/`));
}
