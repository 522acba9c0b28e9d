/** Reads keys, and takes nothing for their values that answers another question. */

import { randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { Masters } from './masters.ts';
import { bytesOf, demandToken, listOf } from './replies.ts';

export type Values = readonly (Buffer | null)[];
export type Read = (...keys: [string, ...string[]]) => Promise<Values>;

interface Asked {
  readonly keys: string[];
  readonly values: Promise<Values>;
}

/**
 * What is asked for in one turn of the event loop goes out as one command, in a cluster one for each slot: each of its own
 * would cost four times as much.
 */
export function createReads(masters: Masters): Read {
  const nextToken = createTokens();
  const askedBySlot = new Map<number, Asked>();

  async function readAll(node: Redis, keys: readonly string[]): Promise<Values> {
    const token = nextToken();
    // Whoever stands at the right place among the answers behind this one stands there for it, too.
    const [values, echoed] = await Promise.all([node.mgetBuffer(...keys), node.echoBuffer(token)]);
    demandToken(echoed, token);
    return valuesOf(values, keys.length);
  }

  function begin(slot: number, key: string): Asked {
    const keys: string[] = [];
    const turn = new Promise<void>((resolve) => setImmediate(resolve));
    const values = turn.then(() => {
      askedBySlot.delete(slot);
      return masters.ask(key, (node) => readAll(node, keys));
    });
    const asked = { keys, values };
    askedBySlot.set(slot, asked);
    return asked;
  }

  return async (...keys) => {
    const slot = masters.slotOf(keys[0]);
    const asked = askedBySlot.get(slot) ?? begin(slot, keys[0]);
    const from = asked.keys.push(...keys) - keys.length;
    const values = await asked.values;
    return values.slice(from, from + keys.length);
  };
}

function valuesOf(reply: unknown, length: number): Values {
  return listOf(reply, length).map((value) => (value === null ? null : bytesOf(value)));
}

/** No two of one connection are the same, and those of two are not either. */
function createTokens(): () => string {
  const first = randomBytes(6).toString('base64url');
  let count = 0;
  return () => {
    count += 1;
    return `${first}.${count}`;
  };
}
