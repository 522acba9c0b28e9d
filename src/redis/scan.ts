/** Goes through the keys of a Redis, a step at a time, so that each of them has its time. */

import type { Redis } from 'ioredis';
import type { RedisCommands } from './client.ts';
import type { Masters } from './masters.ts';
import { bytesOf, garbled, listOf } from './replies.ts';

/** Keys that one step looks at. */
const stepKeys = 1000;

const cursorForm = /^\d{1,20}$/;

export function createScan(masters: Masters): RedisCommands['scan'] {
  return async function* (pattern) {
    for (const node of masters.all()) yield* scanNode(node, pattern);
  };
}

async function* scanNode(node: Redis, pattern: string): AsyncGenerator<readonly string[]> {
  let cursor = '0';
  do {
    const reply = await node.scanBuffer(cursor, 'MATCH', pattern, 'COUNT', stepKeys);
    const [next, keys] = listOf(reply, 2);
    cursor = bytesOf(next).toString('latin1');
    if (!cursorForm.test(cursor) || !Array.isArray(keys)) throw garbled();
    yield keys.map((key) => bytesOf(key).toString());
  } while (cursor !== '0');
}
