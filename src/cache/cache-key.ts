/** Names and seals what is kept in Redis, so that whoever reads Redis learns nobody's number and no answer, and can put in none. */

import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import type { RegistryAnswer } from '../exchange/types.ts';
import { createKeyedHash } from '../keyed-hash.ts';

export interface SealedAnswer {
  readonly answer: RegistryAnswer;
  /** Unix milliseconds. */
  readonly storedAtMs: number;
  readonly ttlMs: number;
}

/** A sealed answer that was opened. */
export interface OpenedAnswer extends SealedAnswer {
  /** Size of its JSON. */
  readonly answerBytes: number;
}

export interface CacheKey {
  /** HMAC-SHA-256 of a personal number, 128 bits in base64url: a Redis key's tag and a name in memory. */
  subjectName(personalNumber: string): string;
  /** HMAC-SHA-256 of the digest of a question, 128 bits in base64url. */
  questionName(digest: string): string;
  /** The generation stands in front, in the clear; `place` is where the answer will lie. */
  seal(place: string, generation: Buffer, answer: SealedAnswer): Buffer;
  /** Undefined for what is not an answer sealed for this place under this key and generation, whatever it is. */
  open(place: string, generation: Buffer, sealed: Buffer): OpenedAnswer | undefined;
}

export const generationBytes = 16;

const version = 1;
const answerPurpose = Buffer.from('answer\0');
const nameBytes = 16;
const keyIdBytes = 4;
const nonceBytes = 12;
const tagBytes = 16;
const timesBytes = 16;
const headBytes = 1 + keyIdBytes + generationBytes;
const algorithm = 'aes-256-gcm';

/**
 * Sealed: version, key id, generation, nonce, AES-256-GCM of times and JSON, tag. Each generation has a key of its own:
 * no key is used so often that random nonces could meet (NIST SP 800-38D section 8.3).
 */
export function createCacheKey(secret: Uint8Array): CacheKey {
  const keyed = createKeyedHash(secret);
  const mac = (content: string | Uint8Array) => Buffer.from(keyed(content, 'base64url'), 'base64url');
  const nameOf = (purpose: string, data: string) => mac(`${purpose}\0${data}`).toString('base64url', 0, nameBytes);
  const keyId = mac('id\0').subarray(0, keyIdBytes);
  // As bytes it would cost a cipher ten times as much.
  const keyOf = (generation: Buffer): KeyObject => createSecretKey(mac(Buffer.concat([answerPurpose, generation])));
  const headOf = (generation: Buffer) => Buffer.concat([Buffer.of(version), keyId, generation]);
  const boundTo = (head: Buffer, place: string) => Buffer.concat([head, Buffer.from(place)]);

  return {
    subjectName: (personalNumber) => nameOf('subject', personalNumber),
    questionName: (digest) => nameOf('question', digest),
    seal(place, generation, { answer, storedAtMs, ttlMs }) {
      const head = headOf(generation);
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv(algorithm, keyOf(generation), nonce).setAAD(boundTo(head, place));
      const times = Buffer.alloc(timesBytes);
      times.writeDoubleBE(storedAtMs, 0);
      times.writeDoubleBE(ttlMs, 8);
      const sealed = [cipher.update(times), cipher.update(JSON.stringify(answer), 'utf8'), cipher.final()];
      return Buffer.concat([head, nonce, ...sealed, cipher.getAuthTag()]);
    },
    open(place, generation, sealed) {
      const head = headOf(generation);
      if (sealed.length < headBytes + nonceBytes + timesBytes + tagBytes) return undefined;
      if (!sealed.subarray(0, headBytes).equals(head)) return undefined;
      const nonce = sealed.subarray(headBytes, headBytes + nonceBytes);
      try {
        const decipher = createDecipheriv(algorithm, keyOf(generation), nonce).setAAD(boundTo(head, place));
        decipher.setAuthTag(sealed.subarray(-tagBytes));
        const opened = Buffer.concat([
          decipher.update(sealed.subarray(headBytes + nonceBytes, -tagBytes)),
          decipher.final(),
        ]);
        const answer = JSON.parse(opened.toString('utf8', timesBytes)) as RegistryAnswer;
        const answerBytes = opened.byteLength - timesBytes;
        return { answer, answerBytes, storedAtMs: opened.readDoubleBE(0), ttlMs: opened.readDoubleBE(8) };
      } catch {
        return undefined;
      }
    },
  };
}

/** True where the value was sealed under an earlier generation of its person, which is no damage. */
export function isOfAnotherGeneration(sealed: Buffer, generation: Buffer): boolean {
  return sealed.length > headBytes && !sealed.subarray(headBytes - generationBytes, headBytes).equals(generation);
}
