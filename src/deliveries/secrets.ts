/** What lets several gateways share accepted pushes while their database cannot read one: sealed messages and keyed names. */

import { createCipheriv, createDecipheriv, createHmac, createSecretKey, hkdfSync, randomBytes } from 'node:crypto';

export interface DeliverySecrets {
  /** AES-256-GCM under a key of the exchange's own, so that random nonces never run out. `part` is bound to it. */
  seal(exchangeId: string, part: SealedPart, content: string): Buffer;
  /** Throws where it was sealed under another key, for another exchange or another part, or has changed. */
  open(exchangeId: string, part: SealedPart, sealed: Uint8Array): string;
  /** HMAC-SHA-256. */
  name(use: KeyedUse, value: string | Uint8Array): Buffer;
  /** The same for all who have the key; tells nothing about it. */
  readonly fingerprint: Buffer;
}

export type SealedPart = 'message' | 'results' | 'announcement';
export type KeyedUse = 'order' | 'message-name' | 'message' | 'issue';

const nonceBytes = 12;
const tagBytes = 16;

/** `secret` is 32 bytes. */
export function createDeliverySecrets(secret: Uint8Array): DeliverySecrets {
  const derived = (use: string) => createSecretKey(new Uint8Array(hkdfSync('sha256', secret, '', use, 32)));
  const sealing = derived('lienthong delivery sealing');
  const naming = derived('lienthong delivery names');
  const keyOf = (exchangeId: string) => createHmac('sha256', sealing).update(exchangeId).digest();
  const boundTo = (exchangeId: string, part: SealedPart) => Buffer.from(`${exchangeId} ${part}`);

  return {
    seal(exchangeId, part, content) {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', keyOf(exchangeId), nonce).setAAD(boundTo(exchangeId, part));
      return Buffer.concat([nonce, cipher.update(content, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    },
    open(exchangeId, part, sealed) {
      const nonce = sealed.subarray(0, nonceBytes);
      const decipher = createDecipheriv('aes-256-gcm', keyOf(exchangeId), nonce).setAAD(boundTo(exchangeId, part));
      decipher.setAuthTag(sealed.subarray(-tagBytes));
      const content = decipher.update(sealed.subarray(nonceBytes, -tagBytes));
      return Buffer.concat([content, decipher.final()]).toString();
    },
    name: (use, value) => createHmac('sha256', naming).update(`${use}\0`).update(value).digest(),
    fingerprint: createHmac('sha256', derived('lienthong delivery fingerprint')).update('').digest(),
  };
}
