/** What the two kinds of key look like in their files, and how each is recognised. */

import { createHash, createHmac, generateKeyPairSync, randomBytes } from 'node:crypto';

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

export interface Secret {
  /** 32 bytes. */
  readonly secret: Buffer;
  /** Recognises the secret and tells nothing about it: 16 hexadecimal digits. */
  readonly kid: string;
}

export interface KeyForm<T extends { readonly kid: string }> {
  /** Of its files. */
  readonly ending: string;
  readonly make: () => string;
  /** Undefined where the text is no such key. */
  readonly read: (text: string) => T | undefined;
}

const secretBytes = 32;
const secretIdBytes = 8;

export const signing: KeyForm<SigningKey> = { ending: 'jwk', make: makeSigningKey, read: readSigningKey };
export const secret: KeyForm<Secret> = { ending: 'key', make: makeSecret, read: readSecret };

function makeSecret(): string {
  return `${randomBytes(secretBytes).toString('base64url')}\n`;
}

function readSecret(text: string): Secret | undefined {
  const bytes = Buffer.from(text.trim(), 'base64url');
  if (bytes.length !== secretBytes) return undefined;
  // One-way, and of a text that nothing else is keyed with.
  const id = createHmac('sha256', bytes).update('lienthong key id').digest();
  return { secret: bytes, kid: id.subarray(0, secretIdBytes).toString('hex') };
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
