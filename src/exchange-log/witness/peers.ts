/** Reads the configured witnesses: whose cosignatures count, and where they are asked for. */

import { parseVerifierKey, signatureTypes, type VerifierKey } from '../note/keys.ts';
import type { WitnessPeer } from './ask-witness.ts';
import type { WitnessLimits } from './ask-witnesses.ts';

export interface WitnessSettings extends WitnessLimits {
  readonly list: readonly {
    /** Submission prefix, without `/add-checkpoint`. */
    readonly url: string;
    /** Verifier key of type cosignature (0x04). */
    readonly key: string;
  }[];
}

export interface WitnessSettingsFault {
  /** JSON pointer within the settings. */
  readonly pointer: string;
  readonly message: string;
}

/** Throws NoteError for a key that is none; `checkWitnesses` finds those before. */
export function parseWitnesses({ list }: WitnessSettings): WitnessPeer[] {
  return list.map(({ url, key }) => ({ url, verifier: parseCosignerKey(key) }));
}

/** NoteError `malformed`; also for a key of another type, such as a log's own. */
export function parseCosignerKey(text: string): VerifierKey {
  const verifier = parseVerifierKey(text);
  if (verifier.type === signatureTypes.cosignature) return verifier;
  throw new TypeError(`the key ${verifier.name} is no witness's: its type is ${verifier.type}, not 4`);
}

/** What is wrong beyond the form, none where all is well. */
export function checkWitnesses({ list, wanted }: WitnessSettings): WitnessSettingsFault[] {
  const faults: WitnessSettingsFault[] = [];
  const seen = new Set<string>();
  for (const [index, { url, key }] of list.entries()) {
    const fault = (member: string, message: string) => faults.push({ pointer: `/list/${index}/${member}`, message });
    if (!isPrefix(url)) fault('url', 'is no URL without user, query and fragment');
    try {
      const publicKey = parseCosignerKey(key).publicKey.toString('hex');
      // Under two names it is one witness all the same.
      if (seen.has(publicKey)) fault('key', 'is that of a witness above: each counts once');
      seen.add(publicKey);
    } catch (error) {
      fault('key', (error as Error).message);
    }
  }
  if (wanted > list.length)
    faults.push({ pointer: '/wanted', message: `${wanted} witnesses are wanted and ${list.length} listed` });
  return faults;
}

/** fetch sends no credentials that stand in a URL, and a path cannot be added behind a query. */
function isPrefix(url: string): boolean {
  const parsed = URL.parse(url);
  return parsed !== null && [parsed.username, parsed.password, parsed.search, parsed.hash].every((part) => part === '');
}
