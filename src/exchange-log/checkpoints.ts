/** Publishes signed checkpoints: at once when the log has been quiet, else once an interval. */

import type { Clock } from '../exchange/ports.ts';
import type { Integrator, TreeState } from './integrator.ts';
import type { TileStore } from './store/tile-store.ts';
import { levelWidth, partialTiles, type TileAddress, tilePath, tileWidth } from './tree/tile-path.ts';

/** A signed checkpoint, durable. */
export interface PublishedCheckpoint {
  /** Entries. */
  readonly size: number;
  /** The signed note. */
  readonly note: string;
}

export interface Checkpoints {
  readonly newest: PublishedCheckpoint;
  /** Says that the tree has grown. */
  grown(): void;
  /** Publishes the tree as it is now, unless that has been done. */
  publish(): Promise<void>;
  /** A checkpoint that covers the entry. Rejects once the log has failed or is closed. */
  covering(index: number): Promise<string>;
  /** Called, and waited for, after each. */
  onPublished(listener: Published): void;
  /** Nothing is published any more; whoever waits is told why. */
  end(reason: unknown): Promise<void>;
}

export interface CheckpointsSetup {
  readonly integrator: Integrator;
  readonly store: TileStore;
  readonly sign: (state: TreeState) => string;
  readonly clock: Clock;
  readonly intervalMs: number;
  /** From before a restart; undefined for a new log, which has none until `publish`. */
  readonly newest: PublishedCheckpoint | undefined;
  readonly failed: (error: unknown) => void;
}

type Published = (checkpoint: PublishedCheckpoint, durationMs: number) => void | Promise<void>;

interface Waiting {
  readonly index: number;
  readonly resolve: (note: string) => void;
  readonly reject: (reason: unknown) => void;
}

export function createCheckpoints(setup: CheckpointsSetup): Checkpoints {
  const { integrator, store, clock, intervalMs } = setup;
  let newest = setup.newest ?? { size: 0, note: '' };
  let startedMs = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  let publishing: Promise<void> | undefined;
  let ended: { readonly reason: unknown } | undefined;
  let waiting: Waiting[] = [];
  let published: Published | undefined;

  function schedule(): void {
    if (timer !== undefined || publishing !== undefined || ended !== undefined || integrator.size === newest.size)
      return;
    // Never longer than the interval, whatever the clock was set to.
    const waitMs = Math.min(intervalMs, Math.max(0, startedMs + intervalMs - clock.nowMs()));
    timer = setTimeout(() => {
      timer = undefined;
      startedMs = clock.nowMs();
      publish().catch(setup.failed);
    }, waitMs);
  }

  async function publish(): Promise<void> {
    while (publishing !== undefined) await publishing;
    if (integrator.size === newest.size && newest.note !== '') return;
    publishing = publishNow();
    try {
      await publishing;
    } finally {
      publishing = undefined;
    }
    schedule();
  }

  async function publishNow(): Promise<void> {
    const beforeMs = performance.now();
    const state = await integrator.state();
    const known = new Set(partialFiles(newest.size).map(pathOf));
    for (const file of state.partials) if (!known.has(pathOf(file))) await store.write(file);
    await store.settle();
    for (const tile of partialFiles(newest.size)) if (isFull(tile, state.size)) await store.dropPartials(tile);
    const note = setup.sign(state);
    await store.writeCheckpoint(note);
    newest = { size: state.size, note };
    const covered = waiting.filter(({ index }) => index < state.size);
    waiting = waiting.filter(({ index }) => index >= state.size);
    for (const { resolve } of covered) resolve(note);
    await published?.(newest, performance.now() - beforeMs);
  }

  return {
    get newest() {
      return newest;
    },
    grown: schedule,
    publish,
    covering(index) {
      if (index < newest.size) return Promise.resolve(newest.note);
      if (ended !== undefined) return Promise.reject(ended.reason);
      return new Promise((resolve, reject) => waiting.push({ index, resolve, reject }));
    },
    onPublished(listener) {
      published = listener;
    },
    async end(reason) {
      ended ??= { reason };
      clearTimeout(timer);
      timer = undefined;
      for (const { reject } of waiting) reject(reason);
      waiting = [];
      await publishing?.catch(() => undefined);
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
