/** The growing end of the log, in memory: the tiles and the bundle that are not full yet, and the tree above them. */

import { createGrowingBundle } from './store/growing-bundle.ts';
import type { TileFile } from './store/tile-store.ts';
import { type Hash, hashBytes } from './tree/hash.ts';
import type { TreeEdge } from './tree/incremental.ts';
import { levelWidth, type TileAddress, tileWidth } from './tree/tile-path.ts';

/** The state of a log at some size, as its files hold it. */
export interface RestoredEdge {
  readonly tree: TreeEdge;
  /** Hashes of the partial tile of each level, level 0 first; empty for a level that ends with a full tile. */
  readonly levels: readonly (readonly Hash[])[];
  /** Entries of the partial bundle. */
  readonly entries: readonly Buffer[];
}

export interface RightEdge {
  readonly size: number;
  root(): Hash;
  /** Returns the files that the entry filled: mostly none, else a bundle and a tile, seldom tiles above. */
  append(entry: Buffer): readonly TileFile[];
  /** The partial files that complete a checkpoint of the present size. */
  partials(): TileFile[];
  /** The first `width` hashes of a tile that is not full yet; undefined for any other. */
  tile(address: TileAddress & { readonly level: number }): Buffer | undefined;
  /** A copy; undefined for an entry whose bundle is full. */
  entry(index: number): Buffer | undefined;
  /** The content of a bundle that it has returned may be overwritten: nobody needs it any more. */
  reuse(content: Buffer): void;
}

const nothing: readonly TileFile[] = [];
/** Bundles whose memory waits to be used again. */
const sparesMax = 8;

export function createRightEdge(restored: RestoredEdge): RightEdge {
  const { tree } = restored;
  const levels: Hash[][] = restored.levels.map((hashes) => [...hashes]);
  const bundle = createGrowingBundle(restored.entries);
  const spare: Buffer[] = [];

  /** Index of the tile, of that level, that is not full yet. */
  const edgeIndex = (level: number) => Math.floor(levelWidth(tree.size, level) / tileWidth);

  function append(entry: Buffer): readonly TileFile[] {
    const gained = tree.append(bundle.append(entry));
    for (let level = 0; level < gained.length; level += 1) {
      const hashes = levels[level];
      if (hashes === undefined) levels[level] = [gained[level] as Hash];
      else hashes.push(gained[level] as Hash);
    }
    return bundle.count === tileWidth ? takeFull() : nothing;
  }

  function takeFull(): TileFile[] {
    const width = tileWidth;
    const full: TileFile[] = [{ level: 'entries', index: edgeIndex(0) - 1, width, content: bundle.content() }];
    bundle.begin(spare.pop());
    for (let level = 0; levels[level]?.length === tileWidth; level += 1) {
      full.push({ level, index: edgeIndex(level) - 1, width, content: Buffer.concat(levels[level] as Hash[]) });
      levels[level] = [];
    }
    return full;
  }

  return {
    get size() {
      return tree.size;
    },
    root: () => tree.root(),
    append,
    partials() {
      const files = levels.map((hashes, level) => {
        return { level, index: edgeIndex(level), width: hashes.length, content: Buffer.concat(hashes) };
      });
      // A copy: the memory is used again when the bundle is full.
      const entries = { index: edgeIndex(0), width: bundle.count, content: Buffer.from(bundle.content()) };
      return [{ level: 'entries' as const, ...entries }, ...files].filter(({ width }) => width > 0);
    },
    tile({ level, index, width }) {
      const hashes = levels[level];
      if (hashes === undefined || index !== edgeIndex(level) || width > hashes.length) return undefined;
      return Buffer.concat(hashes.slice(0, width), width * hashBytes);
    },
    entry: (index) => bundle.entry(index - (tree.size - bundle.count)),
    reuse(content) {
      if (spare.length < sparesMax) spare.push(Buffer.from(content.buffer));
    },
  };
}
