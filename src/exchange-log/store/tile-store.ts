/** Tiles, entry bundles and the checkpoint as static files that any web server can serve: each appears whole, in one step, and only then counts. */

import path from 'node:path';
import { hashBytes } from '../tree/hash.ts';
import type { TileReader } from '../tree/stored-hashes.ts';
import { type TileAddress, tilePath, tileWidth } from '../tree/tile-path.ts';
import { type Disk, isMissing } from './disk.ts';
import { namingFailures } from './disk-failure.ts';
import type { Layout } from './layout.ts';

/** A tile or entry bundle. */
export interface TileFile extends TileAddress {
  readonly content: Uint8Array;
}

export interface TileStore extends TileReader {
  /** A bundle of at least `width` entries: the partial one of that width, or the full one. Throws if neither is there. */
  bundle(index: number, width: number): Promise<Buffer>;
  /** The content is durable when this resolves, the name only after `settle`. */
  write(file: TileFile): Promise<void>;
  /** The names of all files written so far are durable when this resolves. */
  settle(): Promise<void>;
  /** Removes the partial files of a tile whose full file is durable. */
  dropPartials(address: Pick<TileAddress, 'level' | 'index'>): Promise<void>;
  /** Durable when this resolves. */
  writeCheckpoint(note: string): Promise<void>;
  /** Durable when this resolves. */
  writeKeyRecord(text: string): Promise<void>;
  /** What the log has signed and nobody has seen; durable when this resolves. */
  writeHead(note: string): Promise<void>;
}

/** Folders whose place in the folders above is known to be durable; beyond them it is made sure again. */
const settledFoldersMax = 1000;

/** `writer` tells its unfinished files from those of another one in the same folder. */
export function createTileStore(disk: Disk, layout: Layout, writer = 'file'): TileStore {
  const settled = new Set<string>();
  let unsettled = new Set<string>();
  let written = 0;

  async function replace(target: string, content: Uint8Array): Promise<void> {
    const unfinished = path.join(layout.unfinished, `${writer}-${written++}`);
    const file = namingFailures(await disk.open(unfinished, 'new', 'each-durable'), target);
    try {
      await file.write(content, 0);
    } finally {
      await file.close();
    }
    await rename(unfinished, target);
    note(path.dirname(target));
  }

  async function rename(from: string, to: string): Promise<void> {
    try {
      await disk.rename(from, to);
    } catch (error) {
      if (!isMissing(error)) throw error;
      await disk.makeFolder(path.dirname(to));
      await disk.rename(from, to);
    }
  }

  /** A folder may be as new as the file in it, and then the one above holds a new name too. */
  function note(folder: string): void {
    unsettled.add(folder);
    for (let at = folder; at !== layout.folder && !settled.has(at); at = path.dirname(at)) {
      unsettled.add(path.dirname(at));
    }
  }

  async function settle(): Promise<void> {
    const folders = unsettled;
    unsettled = new Set();
    for (const folder of folders) await disk.syncFolder(folder);
    if (settled.size > settledFoldersMax) settled.clear();
    for (const folder of folders) settled.add(folder);
  }

  /** The partial file first: the full one may be there already, though not yet durable. */
  async function read({ level, index, width }: TileAddress): Promise<Buffer> {
    try {
      return await disk.read(layout.file(tilePath(level, index, width)));
    } catch (error) {
      if (!isMissing(error) || width === tileWidth) throw error;
      return disk.read(layout.file(tilePath(level, index)));
    }
  }

  return {
    async tile(level, index, width) {
      const content = await read({ level, index, width });
      return content.subarray(0, width * hashBytes);
    },
    bundle: (index, width) => read({ level: 'entries', index, width }),
    write: ({ level, index, width, content }) => replace(layout.file(tilePath(level, index, width)), content),
    settle,
    dropPartials: ({ level, index }) => disk.remove(`${layout.file(tilePath(level, index))}.p`),
    async writeCheckpoint(note) {
      await replace(layout.checkpoint, Buffer.from(note));
      await settle();
    },
    async writeKeyRecord(text) {
      await replace(layout.keyRecord, Buffer.from(text));
      await settle();
    },
    async writeHead(note) {
      await replace(layout.head, Buffer.from(note));
      await settle();
    },
  };
}
