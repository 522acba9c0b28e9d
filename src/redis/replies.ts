/** Takes what Redis answered for what was asked only where it can be that: anything else says that it is not to be trusted. */

import { RedisAway } from './trouble.ts';

/** The reply itself. Throws RedisAway('garbled') where it is no such number. */
export function wholeNumber(reply: unknown, max = Number.MAX_SAFE_INTEGER): number {
  if (!Number.isSafeInteger(reply) || (reply as number) < 0 || (reply as number) > max) throw garbled();
  return reply as number;
}

/** The parts of a list of so many. Throws RedisAway('garbled') where it is none. */
export function listOf(reply: unknown, length: number): readonly unknown[] {
  if (!Array.isArray(reply) || reply.length !== length) throw garbled();
  return reply;
}

/** The reply itself. Throws RedisAway('garbled') where it is no string. */
export function bytesOf(reply: unknown): Buffer {
  if (!Buffer.isBuffer(reply)) throw garbled();
  return reply;
}

/** Throws RedisAway('garbled') where the reply is not the token that the question took along: it answers another one. */
export function demandToken(reply: unknown, token: string): void {
  if (bytesOf(reply).toString('latin1') !== token) throw garbled();
}

export function garbled(): RedisAway {
  return new RedisAway('garbled');
}
