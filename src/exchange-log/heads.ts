/** Signs the tree as it stands, once every file that it needs is durable. */

import type { Integrator, TreeState } from './integrator.ts';
import type { TileStore } from './store/tile-store.ts';
import { levelWidth, partialTiles, type TileAddress, tilePath, tileWidth } from './tree/tile-path.ts';

/** A tree that the log's own key has signed. */
export interface SignedHead {
  /** Entries. */
  readonly size: number;
  /** The signed note. */
  readonly note: string;
}

export interface Heads {
  /** Undefined for a new log, until `advance`. */
  readonly newest: SignedHead | undefined;
  /** The tree as it is now. Rejects where a file cannot be written: that is final. */
  advance(): Promise<SignedHead>;
  /** Called, and waited for, after each head that was written down: a restart begins with it. */
  onKept(listener: (head: SignedHead) => Promise<void>): void;
}

export interface HeadsSetup {
  readonly integrator: Integrator;
  readonly store: TileStore;
  readonly sign: (state: TreeState) => string;
  readonly newest: SignedHead | undefined;
  /**
   * Writes each head down before anyone is shown it, for a checkpoint may follow much later or never. Otherwise the
   * checkpoint, which comes next, is where a restart begins.
   */
  readonly kept: boolean;
}

export function createHeads({ integrator, store, sign, kept, ...setup }: HeadsSetup): Heads {
  let { newest } = setup;
  let listener: ((head: SignedHead) => Promise<void>) | undefined;
  return {
    get newest() {
      return newest;
    },
    async advance() {
      if (newest !== undefined && newest.size === integrator.size) return newest;
      const before = partialFiles(newest?.size ?? 0);
      const known = new Set(before.map(pathOf));
      const state = await integrator.state();
      for (const file of state.partials) if (!known.has(pathOf(file))) await store.write(file);
      await store.settle();
      for (const tile of before) if (isFull(tile, state.size)) await store.dropPartials(tile);
      const head = { size: state.size, note: sign(state) };
      newest = head;
      // The empty tree is no one's to cosign, and a restart needs no word of it.
      if (kept && head.size > 0) {
        await store.writeHead(head.note);
        await listener?.(head);
      }
      return head;
    },
    onKept(keep) {
      listener = keep;
    },
  };
}

/** The partial tiles of a tree of that size, and its partial bundle. */
function partialFiles(size: number): TileAddress[] {
  const tiles = partialTiles(size);
  const [first] = tiles;
  return first?.level === 0 ? [{ ...first, level: 'entries' }, ...tiles] : tiles;
}

function isFull({ level, index }: TileAddress, size: number): boolean {
  return (index + 1) * tileWidth <= levelWidth(size, level === 'entries' ? 0 : level);
}

function pathOf({ level, index, width }: TileAddress): string {
  return tilePath(level, index, width);
}
