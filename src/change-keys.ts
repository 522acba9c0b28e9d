/** Changes the keys of a data folder whose gateway is stopped: each step is durable, and a crash between two leaves a set that works. */

import { existsSync } from 'node:fs';
import { type DataLog, dataLogs } from './data-logs.ts';
import { type DataFolder, openDataFolder } from './embedded/data-folder.ts';
import { EmbeddedError } from './embedded/embedded-error.ts';
import { type Keys, openKeys } from './embedded/keys.ts';
import { createIdentity } from './exchange-log/identity.ts';
import { logKeyName } from './exchange-log/log.ts';
import { forgetMark, handOver, readMarks } from './exchange-log/retire-key.ts';
import { layoutOf } from './exchange-log/store/layout.ts';
import { demandDataFolder, type RotatingKey, rotatingKeys } from './gateway-keys.ts';

export interface KeyRow {
  readonly name: RotatingKey;
  /** As tokens and checkpoints name it; 16 hexadecimal digits for a secret. */
  readonly kid: string;
  /** Missing: the log was written with it, and it is not there. */
  readonly state: 'newest' | 'older' | 'missing';
  /** As the log's record of keys has it: the verifier key of one of the log's keys. */
  readonly mark: string;
}

/** Of every key that can be rotated, the newest first; makes none. */
export async function listKeys(dataFolder: string, origin: string): Promise<KeyRow[]> {
  const { keysFolder, logFolder } = demandDataFolder(dataFolder, 'keys');
  const keys = openKeys(keysFolder);
  const record = await readMarks(logFolder);
  const rows = rotatingNames.map(async (name) => {
    const present = await marksOf(keys, name, origin);
    const missing = (record?.keys[name] ?? []).filter((mark) => !present.includes(mark));
    return [
      ...present.map((mark, at): KeyRow => ({ name, kid: kidOf(mark), state: at === 0 ? 'newest' : 'older', mark })),
      ...missing.map((mark): KeyRow => ({ name, kid: kidOf(mark), state: 'missing', mark })),
    ];
  });
  return (await Promise.all(rows)).flat();
}

/** Id of the new generation; the log's record learns of it at the next start. */
export function rotateKey(dataFolder: string, name: RotatingKey, origin: string): Promise<string> {
  return whileStopped(dataFolder, async ({ keys }) => {
    await keys.rotate(name, rotatingKeys[name]);
    const [newest] = await marksOf(keys, name, origin);
    return kidOf(newest as string);
  });
}

/** The newest stays, whatever is asked. A missing one can be retired too: that is how a log goes on without it. */
export function retireKey(dataFolder: string, name: RotatingKey, kid: string, origin: string): Promise<void> {
  return whileStopped(dataFolder, async ({ keys }) => {
    const rows = (await listKeys(dataFolder, origin)).filter((row) => row.name === name);
    const row = rows.find((one) => one.kid === kid);
    if (row === undefined) throw new EmbeddedError(`no key ${name} is ${kid}: see "lienthong keys list"`);
    if (row.state === 'newest' || rows[0]?.state !== 'newest') {
      throw new EmbeddedError(`there must be a newer key ${name} to go on with: "lienthong keys rotate ${name}"`);
    }
    const logs = dataLogs(dataFolder, origin);
    if (name === logKeyName) for (const log of logs) await passOn(keys, log, row);
    // In this order: what is forgotten and still there is retired anew, what is gone and still demanded stops a start.
    for (const log of logs) await forgetMark(log.folder, name, await markIn(log, row));
    const at = (await marksOf(keys, name, origin)).indexOf(row.mark);
    const fileKid = (await keys.present(name, rotatingKeys[name]))[at];
    if (fileKid !== undefined) await keys.remove(name, rotatingKeys[name], fileKid);
  });
}

/** Another key of the log signs its newest checkpoint, before the one that vouched for it goes. */
async function passOn(keys: Keys, log: DataLog, row: KeyRow): Promise<void> {
  const { folder, origin, headCopy } = log;
  if (!existsSync(layoutOf(folder).checkpoint)) return;
  if ((await readMarks(folder)) === undefined) {
    throw new EmbeddedError('the log has no record of its keys yet: start the gateway once, then retire the key');
  }
  const mark = await markIn(log, row);
  const stay = (await keys.signingKeys(logKeyName)).filter((key) => createIdentity(origin, key).vkey !== mark);
  await handOver(folder, mark, { origin, keys: stay, headCopy });
}

/** Several logs of a gateway have one key, and each its own name for it: the public key in the verifier key is the same. */
async function markIn({ folder, number }: DataLog, { name, mark }: KeyRow): Promise<string> {
  if (name !== logKeyName || number === 1) return mark;
  const publicKey = mark.split('+').slice(2).join('+');
  const known = (await readMarks(folder))?.keys[name] ?? [];
  return known.find((one) => one.split('+').slice(2).join('+') === publicKey) ?? mark;
}

const rotatingNames = Object.keys(rotatingKeys) as RotatingKey[];

/** What the log's record calls the generations that are there, the newest first. */
async function marksOf(keys: Keys, name: RotatingKey, origin: string): Promise<readonly string[]> {
  const kids = await keys.present(name, rotatingKeys[name]);
  if (name !== logKeyName || kids.length === 0) return kids;
  return (await keys.signingKeys(name)).map((key) => createIdentity(origin, key).vkey);
}

/** The key id out of a verifier key; any other is its own. */
function kidOf(mark: string): string {
  return mark.split('+')[1] ?? mark;
}

interface Stopped {
  readonly keys: Keys;
}

/** Holds the data folder's lock meanwhile. */
async function whileStopped<T>(dataFolder: string, change: (stopped: Stopped) => Promise<T>): Promise<T> {
  const { keysFolder } = demandDataFolder(dataFolder, 'keys');
  const folder = await lock(dataFolder);
  try {
    return await change({ keys: openKeys(keysFolder) });
  } finally {
    folder.close();
  }
}

async function lock(dataFolder: string): Promise<DataFolder> {
  try {
    return await openDataFolder(dataFolder);
  } catch (error) {
    if (!(error instanceof EmbeddedError)) throw error;
    throw new EmbeddedError(`keys are changed while no gateway runs on their data folder. ${error.message}`, error);
  }
}
