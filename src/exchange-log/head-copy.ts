/** Keeps a copy of what the log signed last outside its folder, so that a folder that was lost or rolled back is noticed. */

import path from 'node:path';
import type { LogIdentity, OpenedHead } from './identity.ts';
import { type ParsedCheckpoint, parseCheckpoint } from './note/checkpoint.ts';
import { parseNote } from './note/note.ts';
import { NoteError } from './note/note-error.ts';
import { LogDamage } from './store/damage.ts';
import { type Disk, isMissing } from './store/disk.ts';
import { replaceFile } from './store/replace-file.ts';
import type { TreeHead } from './store/restore-edge.ts';
import type { TileStore } from './store/tile-store.ts';
import { rootAt } from './tree/proof.ts';
import type { TileReader } from './tree/stored-hashes.ts';

export interface HeadCopy {
  /** Undefined where there is none, or only that of a log of another origin. Throws LogDamage where it speaks of more than there is. */
  recall(folder: FoundFolder): Promise<OpenedHead | undefined>;
  /** Durable when this resolves; what is no newer than the copy leaves it alone. */
  keep(note: string): Promise<void>;
}

export interface FoundFolder {
  /** False where the folder holds nothing that the log has signed. */
  readonly isBegun: boolean;
}

export interface HeadCopySetup {
  readonly disk: Disk;
  /** Where the copy lies: not in the folder of the log. */
  readonly file: string;
  readonly origin: string;
  readonly identity: Pick<LogIdentity, 'open'>;
}

/** In the folder of the keys, which are what makes a second history possible. */
export const headCopyName = 'exchange-log.checkpoint';

/** @param folder of the log that is lost, in the data folder. */
export const whatToDoAboutLoss = (folder = 'exchange-log'): string =>
  `Restore the newest ${folder}/. If it is gone for good, go on as another log: an empty exchange-log/ and another ` +
  'exchangeLog.origin (docs/exchange-log.md#a-log-that-is-lost)';

export function createHeadCopy({ disk, file, origin, identity }: HeadCopySetup): HeadCopy {
  const name = nameOf(file);
  let keptSize = -1;
  return {
    async recall({ isBegun }) {
      const note = await read(disk, file);
      if (note === undefined) return undefined;
      const former = parse(note, name).origin;
      if (former !== origin && !isBegun) return undefined;
      if (former !== origin) {
        throw new LogDamage(
          name,
          undefined,
          `it is of "${former}", and exchange-log/ of "${origin}". ${whatToDoAboutLoss()}`,
        );
      }
      const head = identity.open(note, name);
      if (!isBegun) {
        const lost = `the file is missing, though the log had signed ${head.size} entries (${name})`;
        throw new LogDamage('checkpoint', undefined, `${lost}. ${whatToDoAboutLoss()}`);
      }
      if (head.isUnchanged) keptSize = head.size;
      return head;
    },
    async keep(note) {
      const { size } = parseCheckpoint(parseNote(note).text);
      if (size <= keptSize) return;
      await replaceFile(disk, file, note);
      keptSize = size;
    },
  };
}

/** Whatever the store writes that the log has signed is copied, too, once it is durable. */
export function copyingHeads(store: TileStore, copy: HeadCopy | undefined): TileStore {
  if (copy === undefined) return store;
  return {
    ...store,
    async writeCheckpoint(note) {
      await store.writeCheckpoint(note);
      await copy.keep(note);
    },
    async writeHead(note) {
      await store.writeHead(note);
      await copy.keep(note);
    },
  };
}

/** What a copy says by itself, whoever signed it; undefined where there is none. Throws LogDamage. */
export async function readHeadCopy(disk: Disk, file: string): Promise<ParsedCheckpoint | undefined> {
  const note = await read(disk, file);
  return note && parse(note, nameOf(file));
}

/** The log, as it was found, continues what was copied. Throws LogDamage. */
export async function demandCopied(log: TileReader & { readonly size: number }, { size, root }: TreeHead) {
  const signed = `it had signed ${size} (keys/${headCopyName})`;
  if (log.size < size) {
    const older = `the log has ${log.size} entries, and ${signed}: exchange-log/ is an older copy`;
    throw new LogDamage('checkpoint', undefined, `${older}. ${whatToDoAboutLoss()}`);
  }
  const found = await rootAt(log, size).catch((error) => {
    if (!isMissing(error)) throw error;
    throw new LogDamage('tile', undefined, `a tile below entry ${size} is missing: ${error.message}`, error);
  });
  if (found.equals(root)) return;
  throw new LogDamage(
    'checkpoint',
    undefined,
    `the first ${size} entries are not those that ${signed}. ${whatToDoAboutLoss()}`,
  );
}

async function read(disk: Disk, file: string): Promise<Buffer | undefined> {
  try {
    return await disk.read(file);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function parse(note: Buffer, name: string): ParsedCheckpoint {
  try {
    return parseCheckpoint(parseNote(note).text);
  } catch (error) {
    if (error instanceof NoteError) throw new LogDamage(name, undefined, error.message, error);
    throw error;
  }
}

/** As the operator finds it in the data folder. */
const nameOf = (file: string) => path.join(path.basename(path.dirname(file)), path.basename(file));
