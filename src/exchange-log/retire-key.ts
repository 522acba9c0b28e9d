/** Takes a key out of what the log demands, while no gateway is at work on its folder. */

import { createIdentity, type PrivateJwk } from './identity.ts';
import { type KeyRecord, keepKeyRecord, readKeyRecord } from './key-record.ts';
import { openCheckpoint } from './note/checkpoint.ts';
import { parseVerifierKey } from './note/keys.ts';
import { NoteError } from './note/note-error.ts';
import { type Disk, isMissing, realDisk } from './store/disk.ts';
import { layoutOf } from './store/layout.ts';
import { replaceFile } from './store/replace-file.ts';
import { createTileStore } from './store/tile-store.ts';

export interface LogKeys {
  readonly origin: string;
  /** Those that stay, the newest first, at least one. */
  readonly keys: readonly PrivateJwk[];
  /** The copy of what the log signed last, outside its folder. */
  readonly headCopy?: string;
}

/** What the log demands; undefined where no gateway of this version has opened it yet. Throws LogDamage. */
export function readMarks(folder: string, disk: Disk = realDisk): Promise<KeyRecord | undefined> {
  return readKeyRecord(disk, layoutOf(folder));
}

/** From now on the log does without the key of that name and id. Durable when this resolves. */
export async function forgetMark(folder: string, name: string, id: string, disk: Disk = realDisk): Promise<void> {
  const record = await readMarks(folder, disk);
  if (record === undefined) return;
  const keys = { ...record.keys, [name]: (record.keys[name] ?? []).filter((one) => one !== id) };
  await keepKeyRecord(await openStore(folder, disk), record, keys, Buffer.from(record.logId, 'hex'));
}

/**
 * Sees to it that one of the keys that stay has signed what the next start recognises the log by; the key that goes,
 * `vkey`, vouches for what is signed. Durable when this resolves. Throws NoteError where neither has signed.
 */
export async function handOver(folder: string, vkey: string, stay: LogKeys, disk: Disk = realDisk): Promise<void> {
  const { checkpoint, head } = layoutOf(folder);
  const store = await openStore(folder, disk);
  await passOn(checkpoint, store.writeCheckpoint);
  await passOn(head, store.writeHead);
  const { headCopy } = stay;
  if (headCopy !== undefined) await passOn(headCopy, (note) => replaceFile(disk, headCopy, note));

  async function passOn(file: string, write: (note: string) => Promise<void>): Promise<void> {
    const note = await readNote(disk, file);
    const { origin, keys } = stay;
    const [key, ...olderKeys] = keys;
    if (note === undefined) return;
    if (key === undefined) throw new RangeError('no key of the log stays');
    const identity = createIdentity(origin, key, olderKeys);
    const [verifier, ...otherVerifiers] = identity.verifiers;
    if (isSigned(() => openCheckpoint(note, { origin, verifier, otherVerifiers }))) return;
    openCheckpoint(note, { origin, verifier: parseVerifierKey(vkey) });
    await write(identity.complete(note));
  }
}

/** Undefined where there is no such file. */
async function readNote(disk: Disk, file: string): Promise<string | undefined> {
  try {
    return (await disk.read(file)).toString();
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function isSigned(open: () => unknown): boolean {
  try {
    open();
    return true;
  } catch (error) {
    if (error instanceof NoteError && error.fault === 'unsigned') return false;
    throw error;
  }
}

async function openStore(folder: string, disk: Disk) {
  const layout = layoutOf(folder);
  await disk.remove(layout.unfinished);
  await disk.makeFolder(layout.unfinished);
  return createTileStore(disk, layout);
}
