/** Ends a listener without anybody being refused: no new connections, and those that there are end with an answer. */

import type { Server } from 'node:http';
import { Server as NetServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const pollMs = 20;

/**
 * The listening socket is the parent's, and the other workers' too: who connects from now on is theirs. Each answer
 * from now on says that its connection ends (RFC 9112 section 9.6). Resolves when no connection is left, or after
 * `idleMs`: who has not asked by then finds an idle connection closed, as after any keep-alive time.
 */
export async function drainListener(server: Server, idleMs: number): Promise<void> {
  if (!server.listening) return;
  server.prependListener('request', (_request, response) => void response.setHeader('connection', 'close'));
  // The HTTP server's own `close` would cut idle connections off, on which a request may be under way.
  NetServer.prototype.close.call(server);
  const untilMs = performance.now() + idleMs;
  while (performance.now() < untilMs && (await connectionsOf(server)) > 0) await sleep(pollMs);
}

function connectionsOf(server: Server): Promise<number> {
  return new Promise((resolve) => server.getConnections((error, count) => resolve(error ? 0 : count)));
}
