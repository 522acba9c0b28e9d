/** Knows which connections of a pool nobody uses, so that those on a way that has died are not lent to one question after the other. */

import type { Socket } from 'node:net';
import type pg from 'pg';

export interface IdleConnections {
  /** Cuts off those that came back before that time, by `performance.now()`; the pool makes others when it needs them. */
  cutOff(beforeMs: number): void;
}

export function watchIdle(pool: pg.Pool): IdleConnections {
  const sinceMs = new Map<pg.PoolClient, number>();
  pool.on('acquire', (client) => sinceMs.delete(client));
  pool.on('release', (error, client) => {
    if (!error) sinceMs.set(client, performance.now());
  });
  pool.on('remove', (client) => sinceMs.delete(client));
  return {
    cutOff(beforeMs) {
      for (const [client, ms] of sinceMs) if (ms <= beforeMs) streamOf(client).destroy();
    },
  };
}

/** What pg's types leave out. Its own `end` would wait for the server to close its side. */
function streamOf(client: pg.PoolClient): Socket {
  return (client as unknown as { readonly connection: { readonly stream: Socket } }).connection.stream;
}
