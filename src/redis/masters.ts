/** Finds the master that keeps a key, and takes no other in its place unnoticed: a replica there may not have heard all that it had. */

import { type Cluster, Command, Redis } from 'ioredis';
import { isReply, RedisAway } from './trouble.ts';

export interface Masters {
  /** Once connected, before anything else. Throws RedisAway where a cluster has slots that nobody serves. */
  settle(): void;
  /** Keys of one slot may stand in one command. */
  slotOf(key: string): number;
  /**
   * Sends where the key is, once more where a slot has gone, or goes, from one master to another that is known: both
   * have all that they had. `send` begins with the command about the key, at once.
   */
  ask<T>(key: string, send: (node: Redis) => Promise<T>): Promise<T>;
  all(): readonly Redis[];
  /** The key on each master: with a tag behind it that belongs there, where there are several. */
  everywhere(key: string): readonly string[];
}

/** Cluster specification, "Key distribution model" (https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/). */
const slotsCount = 16_384;

const redirection = /^(?<kind>MOVED|ASK) (?<slot>\d{1,5}) (?<address>\S+)$/;

export function createMasters(client: Redis | Cluster): Masters {
  return client instanceof Redis ? createOnlyMaster(client) : createClusterMasters(client);
}

function createOnlyMaster(client: Redis): Masters {
  return {
    settle: () => undefined,
    slotOf: () => 0,
    ask: (_key, send) => send(client),
    all: () => [client],
    everywhere: (key) => [key],
  };
}

/** The map is that of the connection's beginning: what changes it otherwise than here ends the connection. */
function createClusterMasters(client: Cluster): Masters {
  const byAddress = new Map<string, Redis>();
  const bySlot: Redis[] = [];
  let tags: readonly string[] = [];

  function masterOf(slot: number): Redis {
    const master = bySlot[slot];
    if (master === undefined) throw new RedisAway('unreachable');
    return master;
  }

  function move(slot: number, node: Redis): void {
    bySlot[slot] = node;
    if (tags.some((tag) => slotOf(tag) === slot)) tags = tagsOf(bySlot);
  }

  function redirected(error: unknown, from: Redis) {
    const { kind, slot, address } = (isReply(error) && redirection.exec(error.message)?.groups) || {};
    const node = byAddress.get(address ?? '');
    if (node === undefined || node === from || Number(slot) >= slotsCount) throw error;
    if (kind === 'MOVED') move(Number(slot), node);
    return { node, isOnItsWay: kind === 'ASK' };
  }

  return {
    settle() {
      for (const node of client.nodes('master')) byAddress.set(`${node.options.host}:${node.options.port}`, node);
      for (let slot = 0; slot < slotsCount; slot += 1) {
        const master = byAddress.get(client.slots[slot]?.[0] ?? '');
        if (master === undefined) throw new RedisAway('unreachable');
        bySlot[slot] = master;
      }
      tags = tagsOf(bySlot);
    },
    slotOf,
    async ask(key, send) {
      const master = masterOf(slotOf(key));
      try {
        return await send(master);
      } catch (error) {
        const { node, isOnItsWay } = redirected(error, master);
        // It is for the one command behind it.
        const asked = isOnItsWay ? node.asking() : undefined;
        const [reply] = await Promise.all([send(node), asked]);
        return reply;
      }
    },
    all: () => [...byAddress.values()],
    everywhere: (key) => tags.map((tag) => `${key}${tag}`),
  };
}

function slotOf(key: string): number {
  return new Command('get', [key]).getSlot() as number;
}

/** One for each master that has slots. */
function tagsOf(bySlot: readonly Redis[]): string[] {
  const missing = new Set(bySlot);
  const tags: string[] = [];
  for (let count = 0; missing.size > 0; count += 1) {
    const tag = `{${count}}`;
    if (missing.delete(bySlot[slotOf(tag)] as Redis)) tags.push(tag);
  }
  return tags;
}
