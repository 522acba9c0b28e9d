/** What is asked of a Redis, whatever form it has, on a connection that is never repaired: whoever loses it makes another. */

import { Cluster, type Redis } from 'ioredis';
import { connectionOf } from './connection.ts';
import type { RedisSecrets, RedisSettings } from './settings.ts';
import { isReply, RedisAway } from './trouble.ts';

/** A Lua script that Redis runs as one step. Keys of one call begin with the same `{tag}`, so that a cluster has them on one node. */
export interface RedisScript {
  readonly lua: string;
  readonly keys: number;
}

export type RedisScripts = Readonly<Record<string, RedisScript>>;

export interface RedisCommands {
  /** Keys with one `{tag}`. */
  read(...keys: string[]): Promise<(Buffer | null)[]>;
  remove(key: string): Promise<void>;
  publish(channel: string, message: string): Promise<void>;
  /** Strings come as Buffer. */
  script(name: string, keys: readonly string[], values: readonly (string | number | Uint8Array)[]): Promise<unknown>;
  /** Keys that match the pattern, on every master, some at a time. */
  scan(pattern: string): AsyncIterable<readonly string[]>;
}

export interface RedisClient extends RedisCommands {
  /** Resolves when it answers; `lost` is called once when it has ended after that. */
  open(lost: () => void): Promise<void>;
  subscribe(listeners: ReadonlyMap<string, (message: string) => void>): Promise<void>;
  close(): void;
}

type Call = (...values: unknown[]) => Promise<unknown>;

export function createClient(settings: RedisSettings, secrets: RedisSecrets, scripts: RedisScripts): RedisClient {
  const client = connectionOf(settings, secrets, scripts);
  const commandNamed = (name: string) => (client as unknown as Record<string, Call>)[name]?.bind(client) as Call;
  let refusal: Error | undefined;
  // What fails rejects the command that it fails, or ends the connection; but only here it is told why there is none.
  client.on('error', (error: Error) => {
    if (isReply(error)) refusal = error;
  });
  return {
    async open(lost) {
      const ended = Promise.withResolvers<never>();
      client.once('end', () => ended.reject(refusal ?? new RedisAway('unreachable')));
      // A client that ends while it connects does not always say so.
      await Promise.race([client.connect(), ended.promise]).catch((cause: unknown) => {
        throw refusal ?? cause;
      });
      // Ended later: that is told below.
      ended.promise.catch(() => undefined);
      client.once('end', lost);
    },
    async subscribe(listeners) {
      client.on('message', (channel: string, message: string) => listeners.get(channel)?.(message));
      if (listeners.size > 0) await client.subscribe(...listeners.keys());
    },
    close: () => client.disconnect(),
    read: client instanceof Cluster ? (...keys) => client.mgetBuffer(...keys) : readsTogether(client),
    remove: async (key) => void (await client.del(key)),
    publish: async (channel, message) => void (await client.publish(channel, message)),
    script: (name, keys, values) => commandNamed(`${name}Buffer`)(...keys, ...values),
    async *scan(pattern) {
      const nodes = client instanceof Cluster ? client.nodes('master') : [client];
      for (const node of nodes) yield* node.scanStream({ match: pattern, count: 1000 });
    },
  };
}

/** What is asked for in one turn of the event loop goes out as one command: each of its own would cost four times as much. */
function readsTogether(client: Redis): RedisCommands['read'] {
  let asked: { readonly keys: string[]; readonly values: Promise<(Buffer | null)[]> } | undefined;

  function begin() {
    const keys: string[] = [];
    const turn = new Promise<void>((resolve) => setImmediate(resolve));
    const values = turn.then(() => {
      asked = undefined;
      return client.mgetBuffer(...keys);
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
