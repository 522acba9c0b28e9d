/** The keys that a gateway's log depends on: opened together, never made anew for a log that has entries already. */

import { existsSync } from 'node:fs';
import path from 'node:path';
import { EmbeddedError } from './embedded/embedded-error.ts';
import type { SigningKey } from './embedded/key-forms.ts';
import { type Generations, type KeyKind, type Keys, openKeys } from './embedded/keys.ts';
import type { KeyMarks } from './exchange-log/key-record.ts';
import { logKeyName } from './exchange-log/log.ts';
import type { PseudonymKeys } from './exchange-log/pseudonyms.ts';
import { keyRecordName } from './exchange-log/store/layout.ts';
import { openEntryFiles } from './exchange-log/verify/entry-files.ts';
import { folderSource } from './exchange-log/verify/log-source.ts';

export interface GatewayKeys {
  /** Of bearer tokens, the newest first. */
  readonly token: Generations<SigningKey>;
  /** Of checkpoints, the newest first. */
  readonly log: Generations<SigningKey>;
  readonly pseudonyms: PseudonymKeys;
  /** For the log's record of keys: what recognises the secrets. */
  readonly marks: KeyMarks;
}

/** Keys that can be rotated, by the names of their files. */
export const rotatingKeys = {
  'token-signing': 'signing',
  [logKeyName]: 'signing',
  pseudonym: 'secret',
  evidence: 'secret',
} as const satisfies Record<string, KeyKind>;

export type RotatingKey = keyof typeof rotatingKeys;

const tokenKeyName = 'token-signing';

/** Without these, entries could be neither found nor checked nor continued. */
const keysOfEntries = [logKeyName, 'pseudonym', 'evidence'] as const satisfies readonly RotatingKey[];

/** Makes what a new gateway lacks. Throws EmbeddedError for a key that an existing log cannot do without. */
export async function openGatewayKeys(keysFolder: string, logFolder: string): Promise<GatewayKeys> {
  const keys = openKeys(keysFolder);
  if (isBegun(logFolder)) await demandPresent(keys, keysFolder, keysOfEntries);
  const [pseudonym, ...olderPseudonyms] = await keys.secrets('pseudonym');
  const evidence = await keys.secrets('evidence');
  return {
    token: await keys.signingKeys(tokenKeyName),
    log: await keys.signingKeys(logKeyName),
    pseudonyms: {
      pseudonym: pseudonym.secret,
      olderPseudonyms: olderPseudonyms.map(({ secret }) => secret),
      evidence: evidence[0].secret,
    },
    marks: {
      pseudonym: [pseudonym, ...olderPseudonyms].map(({ kid }) => kid),
      evidence: evidence.map(({ kid }) => kid),
    },
  };
}

/** For a command: the keys of a data folder that exists, with that one among them or about to be made for a log that is not begun. */
export async function openExistingKeys(dataFolder: string, name: RotatingKey): Promise<Keys> {
  const { keysFolder, logFolder } = demandDataFolder(dataFolder, 'keys');
  const keys = openKeys(keysFolder);
  if (isBegun(logFolder)) await demandPresent(keys, keysFolder, [name]);
  return keys;
}

export const foldersOf = (dataFolder: string) => ({
  keysFolder: path.join(dataFolder, 'keys'),
  logFolder: path.join(dataFolder, 'exchange-log'),
});

/** For a command that would otherwise make what it was to look at. Throws EmbeddedError where the folder lacks that part. */
export function demandDataFolder(dataFolder: string, part: 'keys' | 'exchange-log'): ReturnType<typeof foldersOf> {
  if (existsSync(path.join(dataFolder, part))) return foldersOf(dataFolder);
  const lack = existsSync(dataFolder) ? `it has no ${part}/` : 'there is no such folder';
  throw new EmbeddedError(`${dataFolder} is no data folder: ${lack}; name that of the gateway with --data`);
}

/** Keys of a log bear its name: under another one they would be keys of a log that does not exist. Throws EmbeddedError. */
export async function demandOwnLog(dataFolder: string, origin: string): Promise<void> {
  const source = await folderSource(foldersOf(dataFolder).logFolder);
  if ((await source.read('checkpoint')) === undefined) return;
  const log = await openEntryFiles(source);
  if (log.origin === origin) return;
  throw new EmbeddedError(
    `the log in ${dataFolder} is ${log.origin}, and this configuration is that of ${origin} (exchangeLog.origin): ` +
      'name the folder of its own with --config',
  );
}

const isBegun = (logFolder: string) =>
  ['checkpoint', keyRecordName].some((file) => existsSync(path.join(logFolder, file)));

async function demandPresent(keys: Keys, folder: string, names: readonly RotatingKey[]): Promise<void> {
  for (const name of names) {
    if ((await keys.present(name, rotatingKeys[name])).length > 0) continue;
    throw new EmbeddedError(
      `${folder} has no key ${name}, though the exchange log has entries written with one: restore keys/ from the ` +
        'backup of this data folder; docs/keys.md says what to do if the key is lost for good',
    );
  }
}
