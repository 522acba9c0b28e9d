/** Opens the tree of the log where it is best kept: in a thread of its own, or with those who write the log. */

import { availableParallelism } from 'node:os';
import { createIntegrator, type Integrator } from './integrator.ts';
import { createRightEdge } from './right-edge.ts';
import type { Layout } from './store/layout.ts';
import { emptyEdge, restoreEdge, type TreeHead } from './store/restore-edge.ts';
import type { TileStore } from './store/tile-store.ts';
import { startTreeThread } from './tree-thread/tree-thread.ts';

export type TreePlace = 'own-thread' | 'here';

/** @param writers processes that write a log each; without a core beyond theirs a thread only takes turns with them. */
export const bestTreePlace = (writers: number): TreePlace => (availableParallelism() > writers ? 'own-thread' : 'here');

export interface TreeSetup {
  readonly place: TreePlace;
  readonly layout: Layout;
  /** For a tree that is kept here; a thread has its own. */
  readonly store: TileStore;
  /** What the files hold; undefined for a new log. */
  readonly head: TreeHead | undefined;
  /** Entries that may be on their way into the tree and its full files. */
  readonly backlogEntriesMax: number;
  readonly failed: (error: unknown) => void;
}

/** Rejects with LogDamage where the files do not hold the head. */
export async function openTree({ place, layout, store, head, ...rest }: TreeSetup): Promise<Integrator> {
  if (place === 'own-thread') return startTreeThread({ folder: layout.folder, head, ...rest });
  const edge = createRightEdge(head === undefined ? emptyEdge() : await restoreEdge(store, head));
  return createIntegrator({ edge, store, ...rest });
}
