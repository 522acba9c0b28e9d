/** Hands the log's entries out in order, for those who count them. */

import type { Integrator } from '../integrator.ts';
import { parseBundle } from '../store/bundle.ts';
import type { TileStore } from '../store/tile-store.ts';
import { tileWidth } from '../tree/tile-path.ts';
import type { LoggedEntries } from './catch-up.ts';

/** Of a log that has just been recovered: every full bundle is on disk. */
export function loggedEntries(integrator: Integrator, store: TileStore): LoggedEntries {
  const { size } = integrator;

  async function bundle(index: number): Promise<Buffer[]> {
    const start = index * tileWidth;
    if (start + tileWidth <= size) return parseBundle(await store.bundle(index, tileWidth));
    return Promise.all(Array.from({ length: size - start }, (_one, ordinal) => integrator.entry(start + ordinal)));
  }

  return {
    size,
    entry: integrator.entry,
    async *from(start) {
      for (let index = Math.floor(start / tileWidth); index * tileWidth < size; index += 1) {
        yield (await bundle(index)).slice(Math.max(0, start - index * tileWidth));
      }
    },
  };
}
