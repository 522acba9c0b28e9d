/** Finds, among the keys of several logs, those of the one that a checkpoint is of. */

import type { VerifierKey } from './keys.ts';

export interface KeysOfLog {
  readonly origin: string;
  readonly verifier: VerifierKey;
  readonly otherVerifiers: readonly VerifierKey[];
}

/** Where none bears the checkpoint's origin, those of the first key's: then it does not open. */
export function keysOfLog(note: string | Uint8Array, keys: readonly [VerifierKey, ...VerifierKey[]]): KeysOfLog {
  const [origin] = Buffer.from(note as string)
    .toString()
    .split('\n', 1);
  const [first] = keys;
  const name = keys.some((key) => key.name === origin) ? (origin as string) : first.name;
  const [verifier = first, ...otherVerifiers] = keys.filter((key) => key.name === name);
  return { origin: name, verifier, otherVerifiers };
}
