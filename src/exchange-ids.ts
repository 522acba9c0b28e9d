/** Makes the ids of exchanges: each request needs one, and a general generator asks the system for randomness each time. */

import { randomFillSync } from 'node:crypto';

/** Bytes of randomness taken at once: 512 ids. */
const poolBytes = 4096;
/** Of the random part of one id, in hexadecimal: 62 bits and the 2 that the variant takes the place of. */
const randomDigits = 16;
const counterMax = 0xfff;

/**
 * UUIDv7 (RFC 9562 section 5.7): milliseconds, then a counter (section 6.2, method 1) that begins anew in each
 * millisecond, so that ids of one process ascend; then 62 random bits. Where the counter is spent or the clock set back,
 * the ids' own time goes on from where it was.
 */
export function createExchangeIds(nowMs: () => number): () => string {
  const pool = Buffer.alloc(poolBytes);
  let digits = '';
  let at = 0;
  let lastMs = 0;
  let counter = 0;
  let time = '';

  function advance(): void {
    const now = nowMs();
    counter += 1;
    if (now <= lastMs && counter <= counterMax) return;
    lastMs = Math.max(now, lastMs + (counter > counterMax ? 1 : 0));
    counter = 0;
    const hex = lastMs.toString(16).padStart(12, '0');
    time = `${hex.slice(0, 8)}-${hex.slice(8)}`;
  }

  return () => {
    advance();
    if (at === digits.length) {
      digits = randomFillSync(pool).toString('hex');
      at = 0;
    }
    const random = digits.slice(at, at + randomDigits);
    at += randomDigits;
    const variant = '89ab'[Number.parseInt(random[0] as string, 16) & 0x3];
    const sequence = (0x7000 | counter).toString(16);
    return `${time}-${sequence}-${variant}${random.slice(1, 4)}-${random.slice(4)}`;
  };
}
