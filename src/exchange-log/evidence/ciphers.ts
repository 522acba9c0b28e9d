/** The few cryptographic operations of sealed evidence, each bound to what it is for: AES-256-GCM with a fresh nonce, and a commitment. */

import { createCipheriv, createDecipheriv, hash, type KeyObject, randomBytes } from 'node:crypto';

/** What a ciphertext belongs to; it opens for nothing else. */
export interface Binding {
  readonly use: 'request' | 'answer' | 'key';
  readonly exchange: string;
  /** Pseudonym. */
  readonly subject: string;
}

export const dataKeyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;
const cipher = 'aes-256-gcm';

/** Nonce, ciphertext, tag (NIST SP 800-38D; the random nonces of one key may number 2^32). */
export function encrypt(key: KeyObject | Uint8Array, content: Uint8Array, binding: Binding): Buffer {
  const nonce = randomBytes(nonceBytes);
  const encryption = createCipheriv(cipher, key, nonce).setAAD(additionalData(binding));
  return Buffer.concat([nonce, encryption.update(content), encryption.final(), encryption.getAuthTag()]);
}

/** Undefined where the key is another one, or anything was changed. */
export function decrypt(key: KeyObject | Uint8Array, sealed: Uint8Array, binding: Binding): Buffer | undefined {
  if (sealed.byteLength < nonceBytes + tagBytes) return undefined;
  const end = sealed.byteLength - tagBytes;
  const decryption = createDecipheriv(cipher, key, sealed.subarray(0, nonceBytes), { authTagLength: tagBytes });
  decryption.setAAD(additionalData(binding)).setAuthTag(sealed.subarray(end));
  const content = decryption.update(sealed.subarray(nonceBytes, end));
  try {
    return Buffer.concat([content, decryption.final()]);
  } catch {
    return undefined;
  }
}

/** GCM alone lets one ciphertext be made that opens differently under two keys: base64url of a hash that fixes the one. */
export function commitmentTo(dataKey: Uint8Array): string {
  return hash('sha256', Buffer.concat([Buffer.from('lienthong evidence v1 commitment\0'), dataKey]), 'base64url');
}

export function additionalData({ use, exchange, subject }: Binding): Buffer {
  return Buffer.from(`lienthong evidence v1\0${use}\0${exchange}\0${subject}`);
}
