/** Keyed one-way names: who holds the log alone cannot find a person in it by trying all twelve-digit numbers. */

import { createHmac, createSecretKey } from 'node:crypto';
import type { Pseudonyms } from '../exchange/ports.ts';

export interface PseudonymKeys {
  /** 32 bytes; names people and callers' texts. */
  readonly pseudonym: Uint8Array;
  /** 32 bytes; digests of bodies. A key of its own, so that it can be given to an auditor without the other. */
  readonly evidence: Uint8Array;
}

/** HMAC-SHA-256 (RFC 2104), with a prefix for each use so that equal inputs of different uses do not meet. */
export function createPseudonyms(keys: PseudonymKeys): Pseudonyms {
  // Key objects made once: from raw bytes, each HMAC would cost seven times as much.
  const pseudonymKey = createSecretKey(keys.pseudonym);
  const evidenceKey = createSecretKey(keys.evidence);
  const name = (use: string, value: string) =>
    createHmac('sha256', pseudonymKey).update(`${use}\0${value}`).digest('base64url');
  return {
    person: (identifier) => name('person', identifier),
    personEver: (identifier) => [name('person', identifier)],
    text: (value) => name('text', value),
    textEver: (value) => [name('text', value)],
    digest: (content) => `hmac-sha-256=:${createHmac('sha256', evidenceKey).update(content).digest('base64')}:`,
  };
}
