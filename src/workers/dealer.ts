/** Owns the one listening socket of a gateway with several workers, and deals each connection to one of them. */

import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';

/** Hands a connection over; false where the worker does not take it. Rejects where the worker has ended. */
export type HandOver = (socket: Socket) => Promise<boolean>;

export interface Dealer {
  /** http://address:port */
  readonly url: string;
  add(number: number, handOver: HandOver): void;
  /** Nothing more is dealt to it; what it does not take any more goes to the others. */
  remove(number: number, handOver: HandOver): void;
  close(): void;
}

export interface DealerSetup {
  readonly host: string;
  readonly port: number;
  /** Connections that wait for a worker; further ones are closed, as where a process has too many. */
  readonly waitingMax: number;
}

interface Seat {
  readonly handOver: HandOver;
  /** Handed over, and not taken yet. */
  underWay: number;
}

/** As many may lie with a worker that is busy or has stopped; the others get what comes after them. */
const underWayMax = 4;

/**
 * In turn, so that long-lived connections are spread evenly. The socket outlives every worker: while nobody can take a
 * connection it waits here, and one that a worker did not take before it ended is dealt again. Resolves when it listens.
 */
export async function openDealer({ host, port, waitingMax }: DealerSetup): Promise<Dealer> {
  // In the order in which they are next.
  const seats = new Map<number, Seat>();
  const waiting: Socket[] = [];
  // Nothing is read here: every byte is for the worker.
  const server = createServer({ pauseOnConnect: true }, (socket) => {
    socket.on('error', () => undefined);
    waiting.push(socket);
    deal();
    while (waiting.length > waitingMax) waiting.pop()?.destroy();
  });
  server.listen(port, host);
  await once(server, 'listening');

  function deal(): void {
    for (let next = nextSeat(); next !== undefined && waiting.length > 0; next = nextSeat()) {
      const [number, seat] = next;
      seats.delete(number);
      seats.set(number, seat);
      seat.underWay += 1;
      void handOver(seat, waiting.shift() as Socket);
    }
  }

  const nextSeat = () => [...seats].find(([, { underWay }]) => underWay < underWayMax);

  async function handOver(seat: Seat, socket: Socket): Promise<void> {
    const isTaken = await seat.handOver(socket).catch(() => false);
    seat.underWay -= 1;
    // This process's hold on it only: the connection is the worker's.
    if (isTaken) socket.destroy();
    else if (!socket.destroyed) waiting.unshift(socket);
    deal();
  }

  const address = server.address();
  const boundPort = typeof address === 'object' && address !== null ? address.port : port;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${boundPort}`,
    add(number, handOver) {
      seats.set(number, { handOver, underWay: 0 });
      deal();
    },
    remove(number, handOver) {
      if (seats.get(number)?.handOver === handOver) seats.delete(number);
    },
    close() {
      server.close();
      for (const socket of waiting.splice(0)) socket.destroy();
    },
  };
}
