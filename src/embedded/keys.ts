/** The gateway's own secrets: made on the first start, kept for ever after, never logged. */

import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { EmbeddedError } from './embedded-error.ts';
import { createPrivate, readPrivate } from './private-file.ts';

/** Private Ed25519 key (RFC 8037 section 2). */
export interface SigningKey {
  readonly kty: 'OKP';
  readonly crv: 'Ed25519';
  readonly x: string;
  readonly d: string;
  /** JWK thumbprint, RFC 7638. */
  readonly kid: string;
  readonly alg: 'EdDSA';
  readonly use: 'sig';
}

export interface Keys {
  /** The Ed25519 key of that name; `<name>.jwk`, mode 0600. */
  signingKey(name: string): Promise<SigningKey>;
  /** The 32 secret bytes of that name; `<name>.key` in base64url, mode 0600. */
  secret(name: string): Promise<Buffer>;
}

const secretBytes = 32;
const keyName = /^[a-z][a-z0-9-]{0,40}$/;

/** Keys of a folder that exists. Each is made when it is first asked for; EmbeddedError if a file is damaged or open to others. */
export function openKeys(folder: string): Keys {
  const kept = async <T>(file: string, make: () => string, read: (text: string) => T | undefined): Promise<T> => {
    const path = join(folder, file);
    // Two processes may make the same key at once: whichever file came to stand is the key of both.
    let text = await readPrivate(path);
    if (text === undefined) {
      await createPrivate(path, make());
      text = (await readPrivate(path)) ?? '';
    }
    const key = read(text);
    if (key === undefined) throw new EmbeddedError(`${path} is damaged: restore it from a backup of the data folder`);
    return key;
  };
  return {
    signingKey: (name) => kept(`${checked(name)}.jwk`, makeSigningKey, readSigningKey),
    secret: (name) => kept(`${checked(name)}.key`, makeSecret, readSecret),
  };
}

function checked(name: string): string {
  if (!keyName.test(name)) throw new EmbeddedError(`"${name}" cannot be the name of a key`);
  return name;
}

function makeSecret(): string {
  return `${randomBytes(secretBytes).toString('base64url')}\n`;
}

function readSecret(text: string): Buffer | undefined {
  const secret = Buffer.from(text.trim(), 'base64url');
  return secret.length === secretBytes ? secret : undefined;
}

function makeSigningKey(): string {
  const { x, d } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  // RFC 8037 appendix A.3: the required members, in this order, without white space.
  const kid = createHash('sha256')
    .update(JSON.stringify({ crv: 'Ed25519', kty: 'OKP', x }))
    .digest('base64url');
  return `${JSON.stringify({ kty: 'OKP', crv: 'Ed25519', x, d, kid, alg: 'EdDSA', use: 'sig' })}\n`;
}

function readSigningKey(text: string): SigningKey | undefined {
  try {
    const key = JSON.parse(text) as SigningKey;
    const whole = key.kty === 'OKP' && key.crv === 'Ed25519' && [key.x, key.d, key.kid].every((member) => member);
    return whole ? key : undefined;
  } catch {
    return undefined;
  }
}
