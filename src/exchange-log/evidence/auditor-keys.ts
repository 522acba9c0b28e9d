/** The auditors' keys: made by them, the public halves given to the gateway, which wraps each data key for every one of them. */

import { readFile } from 'node:fs/promises';
import { type CryptoKey, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose';

export interface AuditorKey {
  readonly kid: string;
  readonly key: CryptoKey;
}

/** RFC 7518 section 4.6: the data key's key is wrapped, so that one ciphertext serves several recipients. */
export const wrapAlgorithm = 'ECDH-ES+A256KW';

/** Public key in a file of its own, JWK (RFC 7517), X25519 or P-256. Throws Error saying what is wrong with the file. */
export async function readAuditorKey(file: string): Promise<AuditorKey> {
  const jwk = await readJwk(file);
  if (jwk.d !== undefined) throw new Error(`${file} holds a private key: give the gateway the public half only`);
  return { kid: jwk.kid, key: await importKey(file, jwk) };
}

/** The private half. Throws Error saying what is wrong with the file. */
export async function readAuditorPrivateKey(file: string): Promise<AuditorKey> {
  const jwk = await readJwk(file);
  if (jwk.d === undefined) throw new Error(`${file} holds no private key`);
  return { kid: jwk.kid, key: await importKey(file, jwk) };
}

/** A new X25519 pair (RFC 8037), JSON. */
export async function makeAuditorKeys(
  kid: string,
): Promise<{ readonly privateJwk: string; readonly publicJwk: string }> {
  const { privateKey, publicKey } = await generateKeyPair(wrapAlgorithm, { crv: 'X25519', extractable: true });
  const print = async (key: CryptoKey) =>
    `${JSON.stringify({ ...(await exportJWK(key)), kid, alg: wrapAlgorithm, use: 'enc' })}\n`;
  return { privateJwk: await print(privateKey), publicJwk: await print(publicKey) };
}

async function readJwk(file: string): Promise<JWK & { kid: string }> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new Error(`${file} cannot be read (${error.code})`);
  });
  const jwk = parse(file, text);
  const isCurve = (jwk.kty === 'OKP' && jwk.crv === 'X25519') || (jwk.kty === 'EC' && jwk.crv === 'P-256');
  if (!isCurve) throw new Error(`${file} must hold an X25519 or P-256 key`);
  const { kid } = jwk;
  if (typeof kid !== 'string' || kid === '') throw new Error(`${file} has no kid, by which auditors find their key`);
  return { ...jwk, kid };
}

function parse(file: string, text: string): JWK {
  try {
    const jwk: unknown = JSON.parse(text);
    if (typeof jwk === 'object' && jwk !== null) return jwk;
  } catch {
    // Said below, without a word of what may be a private key.
  }
  throw new Error(`${file} holds no key as a JSON object`);
}

async function importKey(file: string, { kty, crv, x, y, d }: JWK): Promise<CryptoKey> {
  const members = { kty, crv, x, ...(y === undefined ? {} : { y }), ...(d === undefined ? {} : { d }) } as JWK;
  try {
    return (await importJWK(members, wrapAlgorithm)) as CryptoKey;
  } catch {
    throw new Error(`${file} is no valid key`);
  }
}
