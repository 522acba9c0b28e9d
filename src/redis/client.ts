/** What is asked of a Redis, whatever form it has, on a connection that is never repaired: whoever loses it makes another. */

import { connectionOf } from './connection.ts';
import { createReads, type Read, readScripts } from './reads.ts';
import { wholeNumber } from './replies.ts';
import { createScan } from './scan.ts';
import type { RedisSecrets, RedisSettings } from './settings.ts';
import { isReply, RedisAway } from './trouble.ts';

/** A Lua script that Redis runs as one step. Keys of one call begin with the same `{tag}`, so that a cluster has them on one node. */
export interface RedisScript {
  readonly lua: string;
  /** Absent: as many as the call says. */
  readonly keys?: number;
}

export type RedisScripts = Readonly<Record<string, RedisScript>>;

/** Whatever is no answer to what was asked throws RedisAway('garbled'). */
export interface RedisCommands {
  /** Keys with one `{tag}`. */
  readonly read: Read;
  remove(key: string): Promise<void>;
  /** Writes a value that nobody reads and that is soon gone: a Redis that takes nothing more refuses it. */
  probe(key: string, keptMs: number): Promise<void>;
  publish(channel: string, message: string): Promise<void>;
  /** Strings come as Buffer, whatever the script gave unchecked: that is for whoever knows it. A script gives no null by itself. */
  script(name: string, keys: readonly string[], values: readonly (string | number | Uint8Array)[]): Promise<unknown>;
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
  const client = connectionOf(settings, secrets, { ...scripts, ...readScripts });
  const script: RedisCommands['script'] = (name, keys, values) =>
    ((client as unknown as Record<string, Call>)[`${name}Buffer`] as Call).call(client, ...keys, ...values);
  let refusal: unknown;
  let isLost = (_cause: unknown): void => undefined;
  // What fails rejects the command that it fails, or ends the connection; but only here it is told why there is none.
  const onError = (error: Error) => {
    if (isReply(error)) refusal = error;
    if (isNonsense(error)) isLost(new RedisAway('garbled', { cause: error }));
  };
  client.on('error', onError);
  client.on('node error', onError);
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
      await Promise.race([client.connect(), ended.promise]).catch((cause: unknown) => {
        throw refusal ?? cause;
      });
      // Ended later: that is told below.
      ended.promise.catch(() => undefined);
      client.once('end', () => lost(unreachable()));
    },
    async subscribe(listeners) {
      client.on('message', (channel: string, message: string) => listeners.get(channel)?.(message));
      if (listeners.size > 0) await client.subscribe(...listeners.keys());
    },
    close: () => client.disconnect(),
    read: createReads(client, script),
    remove: async (key) => void wholeNumber(await client.del(key)),
    probe: async (key, keptMs) => void (await client.set(key, '', 'PX', keptMs)),
    publish: async (channel, message) => void wholeNumber(await client.publish(channel, message)),
    script,
    scan: createScan(client),
  };
}

/** An answer that nobody asked for: from then on each question would be given the answer to another. */
function isNonsense(error: Error): boolean {
  return error instanceof RedisAway || error.message.startsWith('Command queue state error');
}
