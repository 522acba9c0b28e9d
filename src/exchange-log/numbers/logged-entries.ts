/** Hands the log's entries out in order, for those who count them. */

import type { Integrator } from '../integrator.ts';
import { tileWidth } from '../tree/tile-path.ts';
import type { LoggedEntries } from './catch-up.ts';

/** Those that are in the tree now. */
export function loggedEntries(integrator: Integrator): LoggedEntries {
  const { size } = integrator;
  return {
    size,
    entry: integrator.entry,
    async *from(start) {
      for (let index = start; index < size; ) {
        const entries = await integrator.entries(index, Math.min(tileWidth, size - index));
        yield entries;
        index += entries.length;
      }
    },
  };
}
