/** Reads keys, and takes nothing for their values that answers another question. */

import { randomBytes } from 'node:crypto';
import { Cluster, type Redis } from 'ioredis';
import type { RedisCommands, RedisScripts } from './client.ts';
import { bytesOf, demandToken, listOf } from './replies.ts';

export type Values = readonly (Buffer | null)[];
export type Read = (...keys: string[]) => Promise<Values>;

const readWithToken = 'readWithToken';

/** For nodes of a cluster, where nothing else says by which of the connections a token came. */
export const readScripts: RedisScripts = {
  [readWithToken]: { lua: "return { ARGV[1], redis.call('MGET', unpack(KEYS)) }" },
};

export function createReads(client: Redis | Cluster, script: RedisCommands['script']): Read {
  const nextToken = createTokens();
  if (!(client instanceof Cluster)) return readsTogether(client, nextToken);
  return async (...keys) => {
    const token = nextToken();
    const reply = await script(readWithToken, [String(keys.length), ...keys], [token]);
    const [echoed, values] = listOf(reply, 2);
    demandToken(echoed, token);
    return valuesOf(values, keys.length);
  };
}

/** What is asked for in one turn of the event loop goes out as one command: each of its own would cost four times as much. */
function readsTogether(client: Redis, nextToken: () => string): Read {
  let asked: { readonly keys: string[]; readonly values: Promise<Values> } | undefined;

  async function readAll(keys: readonly string[]): Promise<Values> {
    const token = nextToken();
    // Whoever stands at the right place among the answers before this one stands there for it, too.
    const [echoed, values] = await Promise.all([client.echoBuffer(token), client.mgetBuffer(...keys)]);
    demandToken(echoed, token);
    return valuesOf(values, keys.length);
  }

  function begin() {
    const keys: string[] = [];
    const turn = new Promise<void>((resolve) => setImmediate(resolve));
    const values = turn.then(() => {
      asked = undefined;
      return readAll(keys);
    });
    return { keys, values };
  }

  return async (...keys) => {
    asked ??= begin();
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
