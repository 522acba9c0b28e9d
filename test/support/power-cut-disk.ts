/** A disk that knows what a crash would leave of it: all that was written after a kill, only what was synced after a power cut. */

import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Disk, DiskFile, Writes } from '../../src/exchange-log/store/disk.ts';

/** Contents of files by path below the folder. */
export type Remains = ReadonlyMap<string, Buffer>;

export interface PowerCutDisk extends Disk {
  /** Nothing is lost: the system goes on without the process. */
  killed(): Remains;
  /** Lost is what was not synced; `kept` says of each sector and each name that was not whether it is there all the same. */
  powerCut(kept: () => boolean): Remains;
}

interface Inode {
  current: Buffer;
  durable: Buffer;
}

const sectorBytes = 512;

export interface PowerCutSetup {
  readonly disk: Disk;
  /** All that happens in it is followed. */
  readonly folder: string;
  /** What lies in the folder, all of it durable. */
  readonly before: Remains;
  /** Called before each operation that changes something. */
  readonly step: (operation: string) => void;
}

/** One operation at a time. */
export function createPowerCutDisk({ disk, folder, before, step }: PowerCutSetup): PowerCutDisk {
  const durable = new Map<string, Inode | 'folder'>();
  for (const [name, content] of before) {
    for (let at = path.dirname(name); at !== '.'; at = path.dirname(at)) durable.set(at, 'folder');
    durable.set(name, { current: content, durable: content });
  }
  const current = new Map(durable);
  let last: Promise<unknown> = Promise.resolve();

  function inTurn<T>(operation: string, work: () => Promise<T>): Promise<T> {
    const done = last.then(() => {
      step(operation);
      return work();
    });
    last = done.catch(() => undefined);
    return done;
  }

  const nameOf = (file: string) => path.relative(folder, file);

  function fileOf(file: DiskFile, inode: Inode, name: string, writes: Writes): DiskFile {
    return {
      async write(content, position) {
        await inTurn(`write ${name}`, async () => {
          inode.current = withWritten(inode.current, content, position);
          await file.write(content, position);
        });
        if (writes === 'buffered') return;
        // Of this write alone: of another one beside it nothing is promised.
        await inTurn(`sync ${name} from ${position}`, async () => {
          const durable = withWritten(inode.durable, content, position);
          inode.durable = durable.equals(inode.current) ? inode.current : durable;
        });
      },
      truncate: (sizeBytes) =>
        inTurn(`truncate ${name}`, async () => {
          inode.current = Buffer.from(inode.current.subarray(0, sizeBytes));
          await file.truncate(sizeBytes);
        }),
      sync: () =>
        inTurn(`sync ${name}`, async () => {
          await file.sync();
          inode.durable = inode.current;
        }),
      close: () => file.close(),
    };
  }

  return {
    read: (file) => disk.read(file),
    list: (file) => disk.list(file),
    open: (file, which, writes = 'buffered') =>
      inTurn(`open ${nameOf(file)}`, async () => {
        const opened = await disk.open(file, which);
        const known = current.get(nameOf(file));
        const inode = known === undefined || known === 'folder' ? emptyInode() : known;
        current.set(nameOf(file), inode);
        return fileOf(opened, inode, nameOf(file), writes);
      }),
    makeFolder: (made) =>
      inTurn(`makeFolder ${nameOf(made)}`, async () => {
        await disk.makeFolder(made);
        for (let at = nameOf(made); at !== '' && at !== '.'; at = path.dirname(at)) current.set(at, 'folder');
      }),
    rename: (from, to) =>
      inTurn(`rename ${nameOf(from)} ${nameOf(to)}`, async () => {
        await disk.rename(from, to);
        current.set(nameOf(to), current.get(nameOf(from)) ?? emptyInode());
        current.delete(nameOf(from));
      }),
    remove: (removed) =>
      inTurn(`remove ${nameOf(removed)}`, async () => {
        await disk.remove(removed);
        const name = nameOf(removed);
        for (const known of current.keys()) if (known === name || isBelow(known, name)) current.delete(known);
      }),
    syncFolder: (synced) =>
      inTurn(`syncFolder ${nameOf(synced)}`, async () => {
        await disk.syncFolder(synced);
        const name = nameOf(synced);
        for (const known of new Set([...current.keys(), ...durable.keys()])) {
          if (path.dirname(known) === (name === '' ? '.' : name)) copyName(known, current, durable);
        }
      }),
    killed: () => filesOf(current, ({ current }) => current),
    powerCut(kept) {
      const names = new Map(durable);
      for (const name of new Set([...current.keys(), ...durable.keys()])) {
        if (current.get(name) !== durable.get(name) && kept()) copyName(name, current, names);
      }
      return filesOf(names, (inode) => mixed(inode, kept));
    },
  };
}

/** Lays the remains into an empty folder. */
export async function layOut(remains: Remains, folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  for (const [name, content] of remains) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), content);
  }
}

const emptyInode = (): Inode => ({ current: Buffer.alloc(0), durable: Buffer.alloc(0) });

function withWritten(before: Buffer, content: Uint8Array, position: number): Buffer {
  const grown = Buffer.alloc(Math.max(before.byteLength, position + content.byteLength));
  before.copy(grown);
  grown.set(content, position);
  return grown;
}

const isBelow = (name: string, folder: string) => name.startsWith(`${folder}/`);

function copyName<T>(name: string, from: ReadonlyMap<string, T>, to: Map<string, T>): void {
  const found = from.get(name);
  if (found === undefined) to.delete(name);
  else to.set(name, found);
}

/** Files whose every folder is there. */
function filesOf(names: ReadonlyMap<string, Inode | 'folder'>, contentOf: (inode: Inode) => Buffer): Remains {
  const isThere = (name: string): boolean =>
    name === '.' || (names.get(name) === 'folder' && isThere(path.dirname(name)));
  const remains = new Map<string, Buffer>();
  for (const [name, inode] of names) {
    if (inode !== 'folder' && isThere(path.dirname(name))) remains.set(name, contentOf(inode));
  }
  return remains;
}

/** Each sector as it was synced or as it was written last. */
function mixed({ current, durable }: Inode, kept: () => boolean): Buffer {
  if (current === durable) return durable;
  const content = Buffer.from(
    durable.byteLength === current.byteLength || !kept() ? durable : resized(durable, current),
  );
  for (let at = 0; at < content.byteLength; at += sectorBytes) {
    if (kept()) content.set(current.subarray(at, Math.min(at + sectorBytes, content.byteLength)), at);
  }
  return content;
}

function resized(durable: Buffer, current: Buffer): Buffer {
  const content = Buffer.alloc(current.byteLength);
  durable.copy(content, 0, 0, Math.min(durable.byteLength, content.byteLength));
  return content;
}
