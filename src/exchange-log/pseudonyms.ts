/** Keyed one-way names: who holds the log alone cannot find a person in it by trying all twelve-digit numbers. */

import type { Pseudonyms } from '../exchange/ports.ts';
import { createKeyedHash, type KeyedHash } from '../keyed-hash.ts';

export interface PseudonymKeys {
  /** 32 bytes; names people and callers' texts. */
  readonly pseudonym: Uint8Array;
  /** Those before it, the newest first: entries are found under them, none is written. */
  readonly olderPseudonyms?: readonly Uint8Array[];
  /** 32 bytes; digests of bodies. A key of its own, so that it can be given to an auditor without the other. */
  readonly evidence: Uint8Array;
}

/** HMAC-SHA-256 (RFC 2104), with a prefix for each use so that equal inputs of different uses do not meet. */
export function createPseudonyms({ pseudonym, olderPseudonyms = [], evidence }: PseudonymKeys): Pseudonyms {
  const newest = createKeyedHash(pseudonym);
  const every = [newest, ...olderPseudonyms.map(createKeyedHash)];
  const evidenceHash = createKeyedHash(evidence);
  const name = (use: string, value: string, keyed = newest) => keyed(`${use}\0${value}`, 'base64url');
  const names = (use: string, value: string) => every.map((keyed) => name(use, value, keyed));
  return {
    person: (identifier) => name('person', identifier),
    personEver: (identifier) => names('person', identifier),
    official: (identifier) => name('official', identifier),
    officialEver: (identifier) => [...names('official', identifier), ...names('person', identifier)],
    text: (value) => name('text', value),
    textEver: (value) => names('text', value),
    digest: (content) => printDigest(evidenceHash, content),
  };
}

/** Of a body, RFC 9530 form; the key is one of the evidence keys. */
export function bodyDigest(key: Uint8Array, content: string | Uint8Array): string {
  return printDigest(createKeyedHash(key), content);
}

function printDigest(keyed: KeyedHash, content: string | Uint8Array): string {
  return `hmac-sha-256=:${keyed(content, 'base64')}:`;
}
