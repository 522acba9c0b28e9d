/** What is asked of a Redis, whatever form it has, on a connection that is never repaired: whoever loses it makes another. */

import type { Redis } from 'ioredis';
import { connectionOf } from './connection.ts';
import { createMasters } from './masters.ts';
import { createReads, type Read } from './reads.ts';
import { wholeNumber } from './replies.ts';
import { createScan } from './scan.ts';
import type { RedisSecrets, RedisSettings } from './settings.ts';
import { isReply, RedisAway } from './trouble.ts';

/** A Lua script that Redis runs as one step. Keys of one call begin with the same `{tag}`, so that a cluster has them on one node. */
export interface RedisScript {
  readonly lua: string;
  /** One at least. */
  readonly keys: number;
}

export type RedisScripts = Readonly<Record<string, RedisScript>>;

/** Whatever is no answer to what was asked throws RedisAway('garbled'). */
export interface RedisCommands {
  /** Keys with one `{tag}`. */
  readonly read: Read;
  remove(key: string): Promise<void>;
  /** Writes a value that nobody reads and that is soon gone, to each master: one that takes nothing more refuses it. */
  probe(key: string, keptMs: number): Promise<void>;
  publish(channel: string, message: string): Promise<void>;
  /** Strings come as Buffer, whatever the script gave unchecked: that is for whoever knows it. A script gives no null by itself. */
  script(
    name: string,
    keys: readonly [string, ...string[]],
    values: readonly (string | number | Uint8Array)[],
  ): Promise<unknown>;
  /** Keys that match the pattern, on every master, some at a time. */
  scan(pattern: string): AsyncIterable<readonly string[]>;
}

export interface RedisClient extends RedisCommands {
  /** Resolves when it answers; `lost` is called, with the cause, when it has ended after that or is not to be trusted any more. */
  open(lost: (cause: unknown) => void): Promise<void>;
  subscribe(listeners: ReadonlyMap<string, (message: string) => void>): Promise<void>;
  close(): void;
}

type Call = (...values: unknown[]) => Promise<unknown>;

export function createClient(settings: RedisSettings, secrets: RedisSecrets, scripts: RedisScripts): RedisClient {
  const client = connectionOf(settings, secrets, scripts);
  const masters = createMasters(client);
  const callOn = (node: Redis, name: string) => ((node as unknown as Record<string, Call>)[name] as Call).bind(node);
  let refusal: unknown;
  let isLost = (_cause: unknown): void => undefined;
  // What fails rejects the command that it fails, or ends the connection; but only here it is told why there is none.
  const onError = (error: Error) => {
    if (isReply(error)) refusal = error;
    if (isNonsense(error)) isLost(new RedisAway('garbled', { cause: error }));
  };
  client.on('error', onError);
  client.on('node error', onError);

  async function connect(): Promise<void> {
    await client.connect();
    masters.settle();
    await Promise.all(masters.all().map(async (node) => node.status === 'wait' && node.connect()));
  }

  return {
    async open(lost) {
      const ended = Promise.withResolvers<never>();
      isLost = (cause) => {
        refusal = cause;
        ended.reject(cause);
        lost(cause);
      };
      const unreachable = () => new RedisAway('unreachable');
      client.once('end', () => ended.reject(refusal ?? unreachable()));
      // A client that ends while it connects does not always say so.
      await Promise.race([connect(), ended.promise]).catch((cause: unknown) => {
        throw refusal ?? cause;
      });
      // Ended later: that is told below.
      ended.promise.catch(() => undefined);
      // One node that is lost may come back as another one.
      for (const node of [client, ...masters.all()]) node.once('end', () => lost(unreachable()));
    },
    async subscribe(listeners) {
      client.on('message', (channel: string, message: string) => listeners.get(channel)?.(message));
      if (listeners.size > 0) await client.subscribe(...listeners.keys());
    },
    close: () => client.disconnect(),
    read: createReads(masters),
    remove: (key) => masters.ask(key, async (node) => void wholeNumber(await node.del(key))),
    async probe(key, keptMs) {
      const write = (place: string) => masters.ask(place, (node) => node.set(place, '', 'PX', keptMs));
      await Promise.all(masters.everywhere(key).map(write));
    },
    publish: (channel, message) =>
      masters.ask(channel, async (node) => void wholeNumber(await node.publish(channel, message))),
    script: (name, keys, values) => masters.ask(keys[0], (node) => callOn(node, `${name}Buffer`)(...keys, ...values)),
    scan: createScan(masters),
  };
}

/** An answer that nobody asked for: from then on each question would be given the answer to another. */
function isNonsense(error: Error): boolean {
  return error instanceof RedisAway || error.message.startsWith('Command queue state error');
}
