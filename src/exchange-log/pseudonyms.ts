/** Keyed one-way names: who holds the log alone cannot find a person in it by trying all twelve-digit numbers. */

import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import type { Pseudonyms } from '../exchange/ports.ts';

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
  // Key objects made once: from raw bytes, each HMAC would cost seven times as much.
  const newest = createSecretKey(pseudonym);
  const every = [newest, ...olderPseudonyms.map((key) => createSecretKey(key))];
  const evidenceKey = createSecretKey(evidence);
  const name = (use: string, value: string, key = newest) =>
    createHmac('sha256', key).update(`${use}\0${value}`).digest('base64url');
  const names = (use: string, value: string) => every.map((key) => name(use, value, key));
  return {
    person: (identifier) => name('person', identifier),
    personEver: (identifier) => names('person', identifier),
    official: (identifier) => name('official', identifier),
    officialEver: (identifier) => [...names('official', identifier), ...names('person', identifier)],
    text: (value) => name('text', value),
    textEver: (value) => names('text', value),
    digest: (content) => bodyDigest(evidenceKey, content),
  };
}

/** Of a body, RFC 9530 form; the key is one of the evidence keys. */
export function bodyDigest(key: KeyObject | Uint8Array, content: string | Uint8Array): string {
  return `hmac-sha-256=:${createHmac('sha256', key).update(content).digest('base64')}:`;
}
