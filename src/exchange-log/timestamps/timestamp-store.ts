/** Keeps timestamps beside the checkpoints that they are for, in the log's folder; what is there is never written over. */

import path from 'node:path';
import { type Disk, type DiskFile, isMissing } from '../store/disk.ts';
import { type Layout, parseTimestampName, type TimestampName, timestampName } from '../store/layout.ts';

export interface TimestampStore {
  /** Sizes of the checkpoints that have a timestamp, ascending. */
  readonly sizes: readonly number[];
  /** Both files of one size; undefined where either is missing. */
  read(size: number): Promise<TimestampFiles | undefined>;
  /** Durable when this resolves. Throws RangeError for a size that has one. */
  keep(size: number, files: TimestampFiles): Promise<void>;
}

export interface TimestampFiles {
  /** The signed note, byte for byte. */
  readonly note: Buffer;
  /** TimeStampResp over it. */
  readonly answer: Buffer;
}

/** Removes the note of a timestamp whose token a crash kept from coming. */
export async function openTimestampStore(disk: Disk, layout: Layout): Promise<TimestampStore> {
  const folder = path.basename(layout.timestamps);
  const names = (await disk.list(layout.timestamps)).map((name) => parseTimestampName(`${folder}/${name}`));
  const sizesOf = (kind: TimestampName['kind']) =>
    names.filter((name) => name?.kind === kind).map((name) => (name as TimestampName).size);
  const sizes = sizesOf('tsr').sort((a, b) => a - b);
  const known = new Set(sizes);
  const fileOf = (name: TimestampName) => layout.file(timestampName(name));
  for (const size of sizesOf('checkpoint'))
    if (!known.has(size)) await disk.remove(fileOf({ size, kind: 'checkpoint' }));
  let written = 0;

  /** The content is durable before the name is given. */
  async function write(name: TimestampName, content: Buffer): Promise<void> {
    const unfinished = path.join(layout.unfinished, `timestamp-${written++}`);
    try {
      await fill(await disk.open(unfinished, 'new'), content);
      await disk.rename(unfinished, fileOf(name));
    } catch (error) {
      // It is tried again and again: what is left of each try must not pile up. If it stays, the next start removes it.
      await disk.remove(unfinished).catch(() => undefined);
      throw error;
    }
    await disk.syncFolder(layout.timestamps);
  }

  async function fill(file: DiskFile, content: Buffer): Promise<void> {
    try {
      await file.write(content, 0);
      await file.sync();
    } finally {
      await file.close();
    }
  }

  return {
    sizes,
    async read(size) {
      try {
        const [note, answer] = await Promise.all([
          disk.read(fileOf({ size, kind: 'checkpoint' })),
          disk.read(fileOf({ size, kind: 'tsr' })),
        ]);
        return { note, answer };
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    },
    async keep(size, { note, answer }) {
      if (known.has(size)) throw new RangeError(`the checkpoint of ${size} entries has a timestamp`);
      await disk.makeFolder(layout.timestamps);
      await disk.syncFolder(layout.folder);
      try {
        // The token last: a note without one is nothing yet, and a token without its note would be nothing for ever.
        await write({ size, kind: 'checkpoint' }, note);
        await write({ size, kind: 'tsr' }, answer);
      } catch (error) {
        for (const kind of ['tsr', 'checkpoint'] as const)
          await disk.remove(fileOf({ size, kind })).catch(() => undefined);
        throw error;
      }
      known.add(size);
      sizes.push(size);
    },
  };
}
