/** Says who may wait for whose load of the same question: nobody for those who come after, for what these wait for first could be long. */

import type { Lane } from './next-level.ts';

/** The first come before the others at a registry. */
const lanes: readonly Lane[] = ['interactive', 'batch', 'bulk'];

/** Name of the load of that question in that lane; no lane's name ends a digest. */
export function flightOf(key: string, lane: Lane): string {
  return lane === 'interactive' ? key : `${key}.${lane}`;
}

/** The one under way that somebody in that lane may wait for. */
export function joinableFlight(key: string, lane: Lane, isUnderWay: (flight: string) => boolean): string | undefined {
  for (const each of lanes) {
    const flight = flightOf(key, each);
    if (isUnderWay(flight)) return flight;
    if (each === lane) return undefined;
  }
  return undefined;
}
