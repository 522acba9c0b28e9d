/** What lets several gateways share accepted pushes while their database cannot read one: sealed messages and keyed names. */

import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomFillSync,
} from 'node:crypto';
import { createKeyedHash } from '../keyed-hash.ts';

export interface DeliverySecrets {
  /** AES-256-GCM under a key of the exchange's minute, so that random nonces never run out. Exchange and part are bound to it. */
  seal(exchangeId: string, part: SealedPart, content: string): Buffer;
  /** Throws where it was sealed under another key, for another exchange or another part, or has changed. */
  open(exchangeId: string, part: SealedPart, sealed: Uint8Array): string;
  /** HMAC-SHA-256, printed as asked for. */
  name(use: KeyedUse, value: string | Uint8Array, encoding: Encoding): string;
  /** The same for all who have the key; tells nothing about it. */
  readonly fingerprint: Buffer;
}

type Encoding = 'base64' | 'base64url';

export type SealedPart = 'message' | 'results' | 'announcement';
export type KeyedUse = 'order' | 'message-name' | 'message' | 'issue';

const nonceBytes = 12;
const tagBytes = 16;
/** Nonces' worth of randomness that is asked of the system at once: asking takes longer than sealing. */
const noncesAtOnce = 256;

/** `secret` is 32 bytes. */
export function createDeliverySecrets(secret: Uint8Array): DeliverySecrets {
  const derived = (use: string) => new Uint8Array(hkdfSync('sha256', secret, '', use, 32));
  const sealing = createSecretKey(derived('lienthong delivery sealing'));
  const nameOf = createKeyedHash(derived('lienthong delivery names'));
  const keyOf = keptKeys((of) => createSecretKey(createHmac('sha256', sealing).update(of).digest()));
  const nextNonce = createNonces();
  const boundTo = (exchangeId: string, part: SealedPart) => Buffer.from(`${exchangeId} ${part}`);

  return {
    seal(exchangeId, part, content) {
      const nonce = nextNonce();
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
    name(use, value, encoding) {
      if (typeof value === 'string') return nameOf(`${use}\0${value}`, encoding);
      return nameOf(Buffer.concat([Buffer.from(`${use}\0`), value]), encoding);
    },
    fingerprint: createHmac('sha256', derived('lienthong delivery fingerprint')).update('').digest(),
  };
}

/** Each is given once, and is a copy: what is asked anew lies in the same memory. */
function createNonces(): () => Buffer {
  const pool = Buffer.alloc(noncesAtOnce * nonceBytes);
  let at = pool.length;
  return () => {
    if (at === pool.length) {
      randomFillSync(pool);
      at = 0;
    }
    const nonce = Buffer.from(pool.subarray(at, at + nonceBytes));
    at += nonceBytes;
    return nonce;
  };
}

/** Of a UUIDv7, the first 32 of the 48 bits that count milliseconds (RFC 9562, section 5.7): another one every 66 seconds. */
const minuteChars = 8;
const keysMax = 64;

/** Deriving a key takes longer than sealing with it; those of the minutes that are at hand are kept. */
function keptKeys(derive: (of: string) => KeyObject): (exchangeId: string) => KeyObject {
  const kept = new Map<string, KeyObject>();
  return (exchangeId) => {
    const minute = exchangeId.slice(0, minuteChars);
    const known = kept.get(minute);
    if (known !== undefined) return known;
    const key = derive(minute);
    const [oldest] = kept.keys();
    if (oldest !== undefined && kept.size >= keysMax) kept.delete(oldest);
    kept.set(minute, key);
    return key;
  };
}
