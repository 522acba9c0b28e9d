/** Keeps what a witness has cosigned last, one file a log, each replaced in one step and durable before a cosignature leaves. */

import path from 'node:path';
import { type Disk, isMissing } from '../store/disk.ts';
import { WitnessDamage } from './witness-damage.ts';

export interface WitnessStore {
  /** Every log that was ever cosigned; undefined for all others. */
  get(originHash: string): string | undefined;
  /** Where that is kept, for messages. */
  fileOf(originHash: string): string;
  /** Hashes of the origins of all of them. */
  all(): Iterable<string>;
  /** Durable when this resolves. After a rejection the file holds the old note or the new one, whole. */
  put(originHash: string, note: string): Promise<void>;
}

export interface WitnessStoreSetup {
  readonly disk: Disk;
  /** Made if absent; belongs to this process alone. */
  readonly folder: string;
  /** True where the witness has a key already: then it has a register of the logs, too, or lost it. */
  readonly isBegun: boolean;
}

/** Names every log there is a file of, so that one that goes missing is missed. */
const registerName = 'register';
const hashForm = /^[\da-f]{64}$/;

/** Throws WitnessDamage where a state is missing: a witness without memory would cosign any history. */
export async function openWitnessStore({ disk, folder, isBegun }: WitnessStoreSetup): Promise<WitnessStore> {
  const unfinished = path.join(folder, 'unfinished');
  const notes = new Map<string, string>();
  let written = 0;

  async function replace(name: string, content: string): Promise<void> {
    const temporary = path.join(unfinished, `file-${written++}`);
    const file = await disk.open(temporary, 'new');
    try {
      await file.write(Buffer.from(content), 0);
      await file.sync();
    } finally {
      await file.close();
    }
    await disk.rename(temporary, path.join(folder, name));
    await disk.syncFolder(folder);
  }

  const writeRegister = (hashes: Iterable<string>) => replace(registerName, [...hashes, ''].join('\n'));

  async function readText(name: string): Promise<string | undefined> {
    try {
      return (await disk.read(path.join(folder, name))).toString();
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  await disk.makeFolder(folder);
  await disk.remove(unfinished);
  await disk.makeFolder(unfinished);
  await disk.syncFolder(path.dirname(folder));
  const register = await readText(registerName);
  if (register === undefined && isBegun) throw new WitnessDamage(path.join(folder, registerName), lost);
  // A crash may have come between a log's first file and its name in the register.
  const found = (await disk.list(folder)).filter((name) => hashForm.test(name));
  const known = new Set([...(register ?? '').split('\n').filter((line) => line !== ''), ...found]);
  for (const hash of known) {
    const note = await readText(hash);
    if (note === undefined) throw new WitnessDamage(path.join(folder, hash), lost);
    notes.set(hash, note);
  }
  await writeRegister(known);

  return {
    fileOf: (originHash) => path.join(folder, originHash),
    get: (originHash) => notes.get(originHash),
    all: () => notes.keys(),
    async put(originHash, note) {
      await replace(originHash, note);
      if (!notes.has(originHash)) await writeRegister([...notes.keys(), originHash]);
      notes.set(originHash, note);
    },
  };
}

const lost =
  'the file is missing: without it this witness would cosign a rewritten history. Restore it as it was last, or begin anew with another name and data folder';
