/** Takes a key out of what the log demands, while no gateway is at work on its folder. */

import { createIdentity, type PrivateJwk } from './identity.ts';
import { type KeyRecord, keepKeyRecord, readKeyRecord } from './key-record.ts';
import { openCheckpoint } from './note/checkpoint.ts';
import { parseVerifierKey } from './note/keys.ts';
import { formatNote, parseNote } from './note/note.ts';
import { NoteError } from './note/note-error.ts';
import { type Disk, realDisk } from './store/disk.ts';
import { layoutOf } from './store/layout.ts';
import { createTileStore } from './store/tile-store.ts';

export interface LogKeys {
  readonly origin: string;
  /** Those that stay, the newest first, at least one. */
  readonly keys: readonly PrivateJwk[];
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
 * Sees to it that one of the keys that stay has signed the newest checkpoint, by which the next start recognises the
 * log; the key that goes, `vkey`, vouches for what is signed. Throws NoteError where neither has signed.
 */
export async function handOver(folder: string, vkey: string, stay: LogKeys, disk: Disk = realDisk): Promise<void> {
  const { checkpoint } = layoutOf(folder);
  const note = (await disk.read(checkpoint)).toString();
  const { origin } = stay;
  const [key, ...olderKeys] = stay.keys;
  if (key === undefined) throw new RangeError('no key of the log stays');
  const identity = createIdentity(origin, key, olderKeys);
  const [verifier, ...otherVerifiers] = identity.verifiers;
  if (isSigned(() => openCheckpoint(note, { origin, verifier, otherVerifiers }))) return;
  const { checkpoint: head } = openCheckpoint(note, { origin, verifier: parseVerifierKey(vkey) });
  const own = parseNote(identity.sign(head)).signatures;
  const { text, signatures } = parseNote(note);
  await (await openStore(folder, disk)).writeCheckpoint(formatNote({ text, signatures: [...own, ...signatures] }));
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
