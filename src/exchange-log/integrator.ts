/** Brings durable entries into the tree and writes out what becomes full, behind the replies' back and never far behind them. */

import { createEntryQueue } from './entry-queue.ts';
import type { RightEdge } from './right-edge.ts';
import { createSlots } from './slots.ts';
import { parseBundle } from './store/bundle.ts';
import type { TileFile, TileStore } from './store/tile-store.ts';
import { type Hash, hashBytes } from './tree/hash.ts';
import type { TileReader } from './tree/stored-hashes.ts';
import { tilePath, tileWidth } from './tree/tile-path.ts';

export interface TreeState {
  readonly size: number;
  readonly root: Hash;
  /** Partial files that a checkpoint of that size needs. */
  readonly partials: readonly TileFile[];
}

/** Reads tiles that are full or not, on disk already or on their way. */
export interface Integrator extends TileReader {
  /** Entries in the tree. */
  readonly size: number;
  /** Takes over entries that are durable, in order; `taken` is called when it has a copy of each. */
  add(entries: readonly Buffer[], taken?: () => void): void;
  /** Undefined where few enough entries are on their way for more to come; otherwise resolves then, or when it has failed. */
  room(): Promise<void> | undefined;
  /** The tree as it is, once all its full files are written. Rejects if they cannot be. */
  state(): Promise<TreeState>;
  /** Resolves when all that was added is in the tree. */
  caughtUp(): Promise<void>;
  /** An entry that is durable. */
  entry(index: number): Promise<Buffer>;
  /** Durable entries in order, `count` at most: as many as lie together with the first, in its bundle or in memory. */
  entries(from: number, count: number): Promise<Buffer[]>;
  /** Called whenever the tree has grown. */
  onGrown(listener: () => void): void;
  /** Lets go of what it runs on, after `caughtUp` or a failure. */
  close(): Promise<void>;
}

export interface IntegratorSetup {
  readonly edge: RightEdge;
  readonly store: TileStore;
  /** Entries that may be on their way into full files. */
  readonly backlogEntriesMax: number;
  readonly failed: (error: unknown) => void;
}

/** So many entries go into the tree in one turn of the event loop: longer ones keep a written commit from its sync. */
const turnEntries = 64;

/** Files that are written at the same time: their syncs share the file system's commits, and a thread is left for ours. */
const filesAtOnceMax = 3;

interface Unwritten {
  readonly file: TileFile;
  readonly done: Promise<void>;
}

export function createIntegrator({ edge, store, backlogEntriesMax, failed }: IntegratorSetup): Integrator {
  /** Durable, not yet in the tree. */
  const queue = createEntryQueue();
  /** In the tree, not yet on disk; by path. */
  const unwritten = new Map<string, Unwritten>();
  const writing = createSlots(filesAtOnceMax);
  let draining: Promise<void> | undefined;
  let waiting: (() => void)[] = [];
  let broken = false;
  let grown: (() => void) | undefined;

  const backlog = () => queue.length + (unwritten.size * tileWidth) / 2;

  async function drain(): Promise<void> {
    do {
      await new Promise((resolve) => setImmediate(resolve));
      appendSome();
      wake();
    } while (queue.length > 0);
    draining = undefined;
  }

  function appendSome(): void {
    const before = queue.length;
    for (let left = turnEntries; left > 0 && queue.length > 0; left -= 1) {
      queue.take((entry) => {
        for (const file of edge.append(entry)) keep(file);
      });
    }
    if (queue.length < before) grown?.();
  }

  function keep(file: TileFile): void {
    const path = tilePath(file.level, file.index);
    const done = writing.run(() => store.write(file));
    unwritten.set(path, { file, done });
    done.then(() => {
      unwritten.delete(path);
      if (file.level === 'entries') edge.reuse(file.content as Buffer);
      wake();
    }, fail);
  }

  function fail(error: unknown): void {
    broken = true;
    failed(error);
    wake();
  }

  const hasRoom = () => broken || backlog() <= backlogEntriesMax;

  function wake(): void {
    if (!hasRoom()) return;
    for (const go of waiting) go();
    waiting = [];
  }

  async function caughtUp(): Promise<void> {
    while (draining !== undefined) await draining;
  }

  const near = (index: number) => edge.entry(index) ?? queue.entry(index - edge.size);

  /** The rest of the full bundle from that entry on. */
  async function bundleFrom(index: number): Promise<Buffer[]> {
    const bundleIndex = Math.floor(index / tileWidth);
    const kept = unwritten.get(tilePath('entries', bundleIndex));
    // A copy: the memory is used again once it is written.
    const bundle = kept === undefined ? await store.bundle(bundleIndex, tileWidth) : Buffer.from(kept.file.content);
    return parseBundle(bundle).slice(index % tileWidth);
  }

  return {
    get size() {
      return edge.size;
    },
    add(entries, taken) {
      queue.add(entries, taken);
      draining ??= drain().catch((error) => {
        draining = undefined;
        fail(error);
      });
    },
    room: () => (hasRoom() ? undefined : new Promise((resolve) => waiting.push(resolve))),
    caughtUp,
    async state() {
      const state = { size: edge.size, root: edge.root(), partials: edge.partials() };
      await Promise.all([...unwritten.values()].map(({ done }) => done));
      return state;
    },
    async tile(level, index, width) {
      const partial = edge.tile({ level, index, width });
      if (partial !== undefined) return partial;
      const kept = unwritten.get(tilePath(level, index));
      return kept === undefined ? store.tile(level, index, width) : kept.file.content.subarray(0, width * hashBytes);
    },
    onGrown(listener) {
      grown = listener;
    },
    close: () => Promise.resolve(),
    async entry(index) {
      const entry = near(index) ?? (await bundleFrom(index))[0];
      if (entry === undefined) throw new Error(`there is no entry ${index}`);
      return entry;
    },
    async entries(from, count) {
      const found: Buffer[] = [];
      for (let entry = near(from); entry !== undefined && found.length < count; entry = near(from + found.length)) {
        found.push(entry);
      }
      return found.length > 0 ? found : (await bundleFrom(from)).slice(0, count);
    },
  };
}
