/** Owns the one listening socket of a gateway with several workers, and deals each connection to one of them. */

import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Hands a connection over; false where the worker does not take it. Rejects where the worker has ended. */
export type HandOver = (socket: Socket) => Promise<boolean>;

export interface Dealer {
  /** Resolves with http://address:port when it listens. */
  listen(host: string, port: number): Promise<string>;
  add(number: number, handOver: HandOver): void;
  /** Nothing more is dealt to it; what it does not take any more goes to the others. */
  remove(number: number, handOver: HandOver): void;
  /** Accepts nothing more; resolves when workers have taken what was accepted, or cannot within that time. */
  close(withinMs: number): Promise<void>;
}

interface Seat {
  readonly handOver: HandOver;
  /** Handed over, and not taken yet. */
  underWay: number;
}

/** As many may lie with a worker that is busy or has stopped; the others get what comes after them. */
const underWayMax = 4;

const pollMs = 20;

/**
 * In turn, so that long-lived connections are spread evenly. The socket outlives every worker: while nobody can take a
 * connection it waits here, and one that a worker did not take before it ended is dealt again. `waitingMax` connections
 * wait for a worker; further ones are closed, as where a process has too many.
 */
export function createDealer(waitingMax: number): Dealer {
  // In the order in which they are next.
  const seats = new Map<number, Seat>();
  const waiting: Socket[] = [];
  let underWay = 0;
  let isOver = false;
  // Nothing is read here: every byte is for the worker.
  const server = createServer({ pauseOnConnect: true }, (socket) => {
    socket.on('error', () => undefined);
    waiting.push(socket);
    deal();
    while (waiting.length > waitingMax) waiting.pop()?.destroy();
  });

  function deal(): void {
    for (let next = nextSeat(); next !== undefined && waiting.length > 0; next = nextSeat()) {
      const [number, seat] = next;
      seats.delete(number);
      seats.set(number, seat);
      seat.underWay += 1;
      underWay += 1;
      void handOver(seat, waiting.shift() as Socket);
    }
  }

  const nextSeat = () => [...seats].find(([, { underWay }]) => underWay < underWayMax);

  async function handOver(seat: Seat, socket: Socket): Promise<void> {
    const isTaken = await seat.handOver(socket).catch(() => false);
    seat.underWay -= 1;
    underWay -= 1;
    // This process's hold on it only: the connection is the worker's.
    if (isTaken || isOver) socket.destroy();
    else if (!socket.destroyed) waiting.unshift(socket);
    deal();
  }

  return {
    async listen(host, port) {
      server.listen(port, host);
      await once(server, 'listening');
      const address = server.address();
      const boundPort = typeof address === 'object' && address !== null ? address.port : port;
      return `http://${host.includes(':') ? `[${host}]` : host}:${boundPort}`;
    },
    add(number, handOver) {
      seats.set(number, { handOver, underWay: 0 });
      deal();
    },
    remove(number, handOver) {
      if (seats.get(number)?.handOver === handOver) seats.delete(number);
    },
    async close(withinMs) {
      server.close();
      const untilMs = performance.now() + withinMs;
      while (waiting.length + underWay > 0 && performance.now() < untilMs) await sleep(pollMs);
      isOver = true;
      for (const socket of waiting.splice(0)) socket.destroy();
    },
  };
}
