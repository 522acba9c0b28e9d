/** Where a worker's connections come in: handed over by the parent, one by one, and ended with an answer when the worker ends. */

import { once } from 'node:events';
import type { Server } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Door {
  /** False where it takes no more: then the connection is somebody else's. */
  enter(socket: Socket): boolean;
  /**
   * Takes no more connections. Each answer from now on says that its connection ends (RFC 9112 section 9.6); who has
   * not asked within `idleMs` finds an idle connection closed, as after any keep-alive time; what is being answered
   * has `graceMs` more.
   */
  close(limits: { readonly idleMs: number; readonly graceMs: number }): Promise<void>;
}

const pollMs = 20;

/** The server watches over the times of its connections from when it listens: it does so for a moment, and gets none. */
export async function openDoor(server: Server, connectionsMax: number): Promise<Door> {
  const inside = new Set<Socket>();
  let isOpen = true;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  NetServer.prototype.close.call(server);

  async function emptied(withinMs: number, meanwhile: () => void): Promise<void> {
    const untilMs = performance.now() + withinMs;
    while (inside.size > 0 && performance.now() < untilMs) {
      meanwhile();
      await sleep(pollMs);
    }
  }

  return {
    enter(socket) {
      if (!isOpen) return false;
      // Who is one too many is turned away here, and not dealt to the next worker.
      if (inside.size >= connectionsMax) return socket.destroy().destroyed;
      inside.add(socket);
      socket.once('close', () => inside.delete(socket));
      socket.setNoDelay(true);
      server.emit('connection', socket);
      return true;
    },
    async close({ idleMs, graceMs }) {
      isOpen = false;
      server.prependListener('request', (_request, response) => void response.setHeader('connection', 'close'));
      await emptied(idleMs, () => undefined);
      await emptied(graceMs, () => server.closeIdleConnections());
      server.closeAllConnections();
    },
  };
}
