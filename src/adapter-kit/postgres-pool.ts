/** Keeps connections to PostgreSQL that nobody uses at the moment, so that whoever needs one next has it at once. */

import type { Socket } from 'node:net';
import type pg from 'pg';
import { GuardedClient, type GuardedConfig } from './postgres-guard.ts';

/** What is made of each connection, once. */
export type Prepare<Prepared> = (client: GuardedClient, giveBack: GiveBack) => Prepared;

/** How a connection comes back: to be used again, or not. */
export interface GiveBack {
  release(): void;
  /** Those that nobody has used since it was taken go with it: the way to the server may have died under all of them. */
  destroy(): void;
}

export interface PostgresPool<Prepared> {
  /** The one that was used last, or else a new one; the caller sees to it that there are not too many. */
  take(): Prepared | Promise<Prepared>;
  /** Ends all of them; none may be in use. */
  close(): void;
}

interface Idle<Prepared> {
  readonly client: pg.Client;
  readonly prepared: Prepared;
  /** When it was taken, and when it came back. */
  takenMs: number;
  sinceMs: number;
}

/** A connection that nobody has used for `idleTimeoutMs` is ended within half that time. */
export function createPostgresPool<Prepared>(
  options: GuardedConfig,
  idleTimeoutMs: number,
  prepare: Prepare<Prepared>,
): PostgresPool<Prepared> {
  let idle: Idle<Prepared>[] = [];
  let sweeping: NodeJS.Timeout | undefined;

  async function connect(): Promise<Prepared> {
    const client = new GuardedClient(options);
    let isGone = false;
    const leave = () => {
      isGone = true;
      idle = idle.filter((one) => one.client !== client);
    };
    // Whoever uses it gets the error as well; the server may keep the connection open all the same.
    client.on('error', () => {
      leave();
      cutOff(client);
    });
    client.on('end', leave);
    try {
      await client.connect();
    } catch (error) {
      end(client);
      throw error;
    }
    const own: Idle<Prepared> = {
      client,
      prepared: prepare(client, {
        release: () => (isGone ? end(client) : keep(own)),
        destroy: () => {
          const unheard = idle.filter(({ sinceMs }) => sinceMs <= own.takenMs);
          idle = idle.filter((one) => !unheard.includes(one));
          for (const one of [own, ...unheard]) cutOff(one.client);
        },
      }),
      takenMs: performance.now(),
      sinceMs: 0,
    };
    return own.prepared;
  }

  function lend(one: Idle<Prepared>): Prepared {
    one.takenMs = performance.now();
    return one.prepared;
  }

  function keep(one: Idle<Prepared>): void {
    one.sinceMs = performance.now();
    idle.push(one);
    sweeping ??= setInterval(sweep, idleTimeoutMs / 2).unref();
  }

  function sweep(): void {
    const usedBeforeMs = performance.now() - idleTimeoutMs;
    endAll(idle.filter(({ sinceMs }) => sinceMs <= usedBeforeMs));
    if (idle.length > 0) return;
    clearInterval(sweeping);
    sweeping = undefined;
  }

  function endAll(tired: readonly Idle<Prepared>[]): void {
    idle = idle.filter((one) => !tired.includes(one));
    for (const { client } of tired) end(client);
  }

  return {
    take() {
      const last = idle.pop();
      return last === undefined ? connect() : lend(last);
    },
    close() {
      clearInterval(sweeping);
      endAll(idle);
    },
  };
}

/** Without a goodbye, for whose answer a dead connection would wait. */
function cutOff(client: pg.Client): void {
  (client as unknown as { readonly connection: { readonly stream: Socket } }).connection.stream.destroy();
}

/** Says goodbye, or cuts off what is busy. */
function end(client: pg.Client): void {
  client.end().catch(() => undefined);
}
