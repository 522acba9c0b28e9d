/** Keeps connections open beside a load, each of which has asked once: what they cost is what they cost while they are silent. */

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { requestOf } from './generate-flood.ts';
import type { LoadPlan } from './generate-load.ts';

export interface KeptConnections {
  /** Throws Error where one is not answered. */
  open(plan: LoadPlan): Promise<void>;
  /** How many the server has not closed. */
  count(): number;
  close(): void;
}

/** Opened at once. */
const together = 64;

export function keepConnections(): KeptConnections {
  const kept = new Set<Socket>();
  return {
    async open(plan) {
      const { hostname, port } = new URL(plan.url);
      const request = requestOf(plan, plan.bodies[0] ?? '');
      const openNext = async () => {
        const socket = connect({ host: hostname, port: Number(port) });
        kept.add(socket);
        socket.once('close', () => kept.delete(socket));
        await once(socket, 'connect');
        socket.write(request);
        const [answer] = (await once(socket, 'data')) as [Buffer];
        socket.on('error', () => socket.destroy()).resume();
        if (!answer.toString('latin1').startsWith('HTTP/1.1 200')) throw new Error(`wrong answer: ${answer}`);
      };
      for (let opened = 0; opened < plan.connections; opened += together) {
        const wanted = Math.min(together, plan.connections - opened);
        await Promise.all(Array.from({ length: wanted }, openNext));
      }
    },
    count: () => kept.size,
    close() {
      for (const socket of kept) socket.destroy();
    },
  };
}
