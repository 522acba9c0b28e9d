/** Stands in Redis for what is known of a person, and tells one who was forgotten from one of whom Redis has lost what it knew. */

import { randomBytes } from 'node:crypto';
import { generationBytes } from './cache-key.ts';

const forgottenBit = 0x80;

/** For somebody of whom Redis knows nothing: nobody has forgotten them since it does. */
export function sownGeneration(): Buffer {
  const generation = randomBytes(generationBytes);
  generation[0] = firstOf(generation) & ~forgottenBit;
  return generation;
}

/** In the place of whatever stood for somebody before. */
export function forgottenGeneration(): Buffer {
  const generation = randomBytes(generationBytes);
  generation[0] = firstOf(generation) | forgottenBit;
  return generation;
}

/** True for what `sownGeneration` made, in base64url. */
export function isSown(generation: string): boolean {
  const bytes = Buffer.from(generation, 'base64url');
  return bytes.length === generationBytes && (firstOf(bytes) & forgottenBit) === 0;
}

/** Of a person. The tag keeps all that is about one person on one node of a cluster. */
export const generationPlace = (keyPrefix: string, subject: string) => `${keyPrefix}{${subject}}g`;

const firstOf = (bytes: Buffer) => bytes[0] ?? 0;
