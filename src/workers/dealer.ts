/** Owns the one listening socket of a gateway with several workers, and deals each connection to one of them. */

import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Hands a connection over; false where the worker does not take it. Rejects where the worker has ended. */
export type HandOver = (socket: Socket) => Promise<boolean>;

export interface DealerSetup {
  /** Connections that wait for a worker; further ones are closed, as where a process has too many. */
  readonly waitingMax: number;
  /** For a worker to have taken a connection, milliseconds. */
  readonly waitMsMax: number;
  /** Takes a connection that no worker takes; nothing of it is read yet. */
  readonly standIn: (socket: Socket) => void;
}

export interface Dealer {
  /** Resolves with http://address:port when it listens. */
  listen(host: string, port: number): Promise<string>;
  add(number: number, handOver: HandOver): void;
  /** Nothing more is dealt to it; what it does not take any more goes to the others. */
  remove(number: number, handOver: HandOver): void;
  /** Until one is added: where there is no worker, nobody waits for one. */
  despair(): void;
  /** Accepts nothing more; resolves when workers have taken what was accepted, or cannot within that time. */
  close(withinMs: number): Promise<void>;
}

interface Seat {
  readonly handOver: HandOver;
  /** Handed over, and not taken yet. */
  underWay: number;
}

interface Waiting {
  readonly socket: Socket;
  readonly late: NodeJS.Timeout;
}

/** As many may lie with a worker that is busy or has stopped; the others get what comes after them. */
const underWayMax = 4;

const pollMs = 20;

/**
 * In turn, so that long-lived connections are spread evenly. The socket outlives every worker: while nobody can take a
 * connection it waits here, for so long, and one that a worker did not take before it ended is dealt again.
 */
export function createDealer({ waitingMax, waitMsMax, standIn }: DealerSetup): Dealer {
  // In the order in which they are next.
  const seats = new Map<number, Seat>();
  const waiting: Waiting[] = [];
  let underWay = 0;
  let isHopeless = false;
  let isOver = false;
  // Nothing is read here: every byte is for the worker.
  const server = createServer({ pauseOnConnect: true }, (socket) => {
    socket.on('error', () => undefined);
    const late = setTimeout(() => giveUp(socket), waitMsMax);
    waiting.push({ socket, late });
    deal();
    while (waiting.length > waitingMax) close(waiting.pop() as Waiting);
  });

  function deal(): void {
    for (let next = nextSeat(); next !== undefined && waiting.length > 0; next = nextSeat()) {
      const [number, seat] = next;
      seats.delete(number);
      seats.set(number, seat);
      seat.underWay += 1;
      underWay += 1;
      void handOver(seat, waiting.shift() as Waiting);
    }
    if (isHopeless && seats.size === 0) for (const { socket } of [...waiting]) giveUp(socket);
  }

  const nextSeat = () => [...seats].find(([, { underWay }]) => underWay < underWayMax);

  async function handOver(seat: Seat, one: Waiting): Promise<void> {
    const isTaken = await seat.handOver(one.socket).catch(() => false);
    seat.underWay -= 1;
    underWay -= 1;
    // This process's hold on it only: the connection is the worker's.
    if (isTaken || isOver || one.socket.destroyed) close(one);
    else {
      // Its time may have been over while it was underway.
      one.late.refresh();
      waiting.unshift(one);
    }
    deal();
  }

  function giveUp(socket: Socket): void {
    const at = waiting.findIndex((one) => one.socket === socket);
    const [one] = at < 0 ? [] : waiting.splice(at, 1);
    if (one === undefined) return;
    clearTimeout(one.late);
    if (!socket.destroyed) standIn(socket);
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
      isHopeless = false;
      seats.set(number, { handOver, underWay: 0 });
      deal();
    },
    remove(number, handOver) {
      if (seats.get(number)?.handOver === handOver) seats.delete(number);
    },
    despair() {
      isHopeless = true;
      deal();
    },
    async close(withinMs) {
      server.close();
      const untilMs = performance.now() + withinMs;
      while (waiting.length + underWay > 0 && performance.now() < untilMs) await sleep(pollMs);
      isOver = true;
      for (const one of waiting.splice(0)) close(one);
    },
  };
}

function close({ socket, late }: Waiting): void {
  clearTimeout(late);
  socket.destroy();
}
