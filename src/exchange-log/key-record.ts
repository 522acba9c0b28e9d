/** Keeps in the log's folder what recognises the keys that its entries depend on, so that a lost one is noticed before anything is written without it. */

import { hash } from 'node:crypto';
import { LogDamage } from './store/damage.ts';
import { type Disk, isMissing } from './store/disk.ts';
import { keyRecordName, type Layout } from './store/layout.ts';
import type { TileStore } from './store/tile-store.ts';

/** Ids of the keys in use, by name, the newest first: verifier keys of the log, key ids of secrets; nothing secret. */
export type KeyMarks = Readonly<Record<string, readonly string[]>>;

export interface KeyRecord {
  /** The mark of the log's segments, from its first key: 32 hexadecimal digits. */
  readonly logId: string;
  readonly keys: KeyMarks;
}

/** Ends the start of the gateway; the message says what to restore. */
class KeyMissing extends Error {
  override readonly name = 'KeyMissing';
}

/** Undefined for a log from before there were such records, or a new one. Throws LogDamage. */
export async function readKeyRecord(disk: Pick<Disk, 'read'>, layout: Layout): Promise<KeyRecord | undefined> {
  try {
    return parseKeyRecord(await disk.read(layout.keyRecord));
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Throws LogDamage where not every byte is as it was written. */
export function parseKeyRecord(content: Buffer): KeyRecord {
  const text = content.toString();
  try {
    const record = JSON.parse(text) as KeyRecord;
    if (formatKeyRecord(record) === text) return record;
  } catch {
    // Said below: neither form is a record.
  }
  throw new LogDamage(keyRecordName, undefined, 'it is not as it was written: restore it from a backup');
}

/** Throws KeyMissing unless every key that the log was written with is there. Names that are not asked about do not count. */
export function demandKeys(record: KeyRecord, present: KeyMarks): void {
  for (const [name, ids] of Object.entries(present)) {
    const missing = (record.keys[name] ?? []).filter((id) => !ids.includes(id));
    if (missing.length === 0) continue;
    throw new KeyMissing(
      `the exchange log was written with the key ${name} ${missing.join(', ')}, which is not there (there is ` +
        `${ids.join(', ') || 'none'}): restore keys/ from the backup of this data folder; docs/keys.md says what to do ` +
        'if the key is lost for good',
    );
  }
}

/** Throws KeyMissing where the log was begun under another origin: its keys are named so too. */
export function demandOrigin({ keys }: KeyRecord, name: string, origin: string): void {
  const former = keys[name]?.map((vkey) => vkey.slice(0, vkey.indexOf('+'))).find((one) => one !== origin);
  if (former === undefined) return;
  throw new KeyMissing(`the exchange log was begun as "${former}", not as "${origin}": put exchangeLog.origin back`);
}

/** Adds what is new; what the log was written with before stays until it is retired. Durable when this resolves. */
export async function keepKeyRecord(
  store: Pick<TileStore, 'writeKeyRecord'>,
  record: KeyRecord | undefined,
  present: KeyMarks,
  logId: Buffer,
): Promise<void> {
  const next = { logId: logId.toString('hex'), keys: { ...record?.keys, ...present } };
  const text = formatKeyRecord(next);
  if (record === undefined || formatKeyRecord(record) !== text) await store.writeKeyRecord(text);
}

/** One line; the digest shows damage, not forgery. */
function formatKeyRecord({ logId, keys }: KeyRecord): string {
  const sorted = Object.fromEntries(Object.entries(keys).sort(([a], [b]) => (a < b ? -1 : 1)));
  const record = { logId, keys: sorted };
  return `${JSON.stringify({ ...record, sha256: hash('sha256', JSON.stringify(record)) })}\n`;
}
