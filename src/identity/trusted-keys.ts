/** Reads the public keys of further token issuers, and refuses what is none, before anything starts. */

import { readFile } from 'node:fs/promises';
import { importJWK, type JWK } from 'jose';

export type TrustedKey = JWK;

/** Of a JWK Set (RFC 7517 section 5). Throws Error saying what is wrong with the file. */
export async function readTrustedKeys(file: string): Promise<readonly TrustedKey[]> {
  const keys = await readKeys(file);
  for (const [index, key] of keys.entries()) {
    const fault = await faultOf(key);
    if (fault !== undefined) throw new Error(`${file} /keys/${index}: ${fault}`);
  }
  return keys;
}

async function readKeys(file: string): Promise<readonly JWK[]> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new Error(`${file} cannot be read (${error.code})`);
  });
  try {
    const { keys } = JSON.parse(text) as { keys?: unknown };
    if (Array.isArray(keys)) return keys as JWK[];
  } catch {
    // Said below: neither form is a key set.
  }
  throw new Error(`${file} is no JWK Set: it must be a JSON object with the array "keys"`);
}

async function faultOf(key: JWK): Promise<string | undefined> {
  const isEd25519 = key.kty === 'OKP' && key.crv === 'Ed25519';
  const isP256 = key.kty === 'EC' && key.crv === 'P-256';
  if (!isEd25519 && !isP256) return 'must be an Ed25519 or P-256 key';
  if (key.d !== undefined) return 'holds a private key; list the public half only';
  if (key.kid === undefined) return 'has no kid, by which tokens name their key';
  return importJWK(key, isEd25519 ? 'EdDSA' : 'ES256').then(
    () => undefined,
    () => 'is no valid key',
  );
}
